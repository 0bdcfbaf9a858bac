"""Texts that give orders to an assistant, told from orders given to people. Pure.

A text is laid open (``layers``), speech acts that only make sense towards an assistant are
looked for in it (``english`` and the other languages, ``marks``), and their weights are summed
(``judge``).
"""
