"""What can be asked of messages. Everything returned is a frozen value."""

from mayorista.apps.messaging.queries.channels import ChannelLight, health
from mayorista.apps.messaging.queries.inbox import (
    Incoming,
    Reach,
    incoming_since,
    last_incoming_at,
    message,
    messages_to_act_on,
    open_windows,
    reach,
    unfiled,
    unread_count,
    window_of,
)
from mayorista.apps.messaging.queries.threads import (
    Bubble,
    BubbleFile,
    Counterpart,
    Thread,
    Tick,
    bubbles_of,
    conversation_thread,
    thread,
)
from mayorista.apps.messaging.queries.wording import Text, fill, preview, quick_replies, text, text_list

__all__ = [
    "Bubble",
    "BubbleFile",
    "ChannelLight",
    "Counterpart",
    "Incoming",
    "Reach",
    "Text",
    "Thread",
    "Tick",
    "bubbles_of",
    "conversation_thread",
    "fill",
    "health",
    "identity_of",
    "incoming_since",
    "last_incoming_at",
    "message",
    "messages_to_act_on",
    "open_windows",
    "preview",
    "quick_replies",
    "reach",
    "text",
    "text_list",
    "thread",
    "unfiled",
    "unread_count",
    "window_of",
]
