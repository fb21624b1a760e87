"""Local stand-ins of the outside: a mail server that catches mail and a WhatsApp that obeys the protocol.

One lean process without Django, for the demo and the tests. Nothing of it leaves the machine.
"""
