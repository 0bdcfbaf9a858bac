"""Topics of a talk: its turns cut where it turns to something else, each with a title and the
sentence that says most (post-thinking as in Think-in-Memory, arXiv 2311.08719, and prospective
reflection as in RMM, arXiv 2503.08026). Pure."""
