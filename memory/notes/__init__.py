"""What a memory is about (keywords, tags, context), and the links between memories, each with its
reason: notes that link and evolve, after A-MEM (arXiv 2502.12110). Pure."""
