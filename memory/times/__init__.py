"""Times that people name in a question: read from words, resolved against the day it is asked.

``find`` in ``memory.times.reading`` is the door; pure, no database, well under a millisecond.
"""
