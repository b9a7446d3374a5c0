"""How the tools are reached: over HTTP with keys, or by the process that started the launcher.

What the tools do is not here.
"""
