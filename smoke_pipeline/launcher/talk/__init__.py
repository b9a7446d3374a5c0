"""What the launcher offers beside its tools: prompts, resources, completion, tasks and notifications.

No tool stands here, and nothing here changes a session but by a tool.
"""
