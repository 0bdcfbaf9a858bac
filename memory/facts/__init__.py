"""Facts with a life: statements are read from what people say, and folded into what holds now
and what held before. Everything here is pure; ``memory.store.facts`` keeps,
``memory.fact_learning`` does the work in idle time.
"""
