"""What can be asked of messages. Everything returned is a frozen value."""

from mayorista.apps.messaging.queries.channels import ChannelLight, health
from mayorista.apps.messaging.queries.inbox import (
    IncomingMessage,
    Reach,
    incoming_since,
    message,
    messages_to_act_on,
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
    "IncomingMessage",
    "Reach",
    "Text",
    "Thread",
    "Tick",
    "bubbles_of",
    "conversation_thread",
    "fill",
    "health",
    "incoming_since",
    "message",
    "messages_to_act_on",
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
