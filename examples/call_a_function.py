"""Hand the model a typed Python function, and watch it being called.

The model here is a script, so that the example runs without a key; name a real one with

    python examples/call_a_function.py openai:gpt-4o-mini
"""

import sys

from chatbot import Chatbot, connect, tool
from chatbot.messages import Reply, ToolCall
from chatbot.models import Scripted

ORDERS = {"17": "shipped on Monday", "18": "waiting for payment"}


@tool(impact="reads")
def order_status(order_id: str) -> str:
    """Look up an order.

    Args:
        order_id: The number on the invoice.
    """
    return ORDERS.get(order_id, "no such order")


script = Scripted(
    Reply("", (ToolCall("call-1", "order_status", '{"order_id": "17"}'),)),
    Reply("Order 17 was shipped on Monday."),
)
model = connect(sys.argv[1]) if len(sys.argv) > 1 else script

answer = Chatbot(model, knowledge=None, tools=[order_status], durable=False).ask("Where is order 17?")
for use in answer.tool_calls:
    print(f"{use.call.name}({use.call.arguments}) -> {use.result.text}")
print(answer.text)
