"""Files on their way in and out, beside the protocol: signed links, uploads, reports.

No tool and no server is here: tools make the links, the server answers under them.
"""
