"""Models that judge responses: asked after a run in a stage of their own, kept in the journal, never trusted blindly.

A judgement stands under the hash of all that the judge was asked. So the stage goes on where it was stopped, to score
again costs no call, and what a judge says depends on nothing but the response, the rubric, the judge, and the order.
"""
