"""A problem where it happened: title, what it means, what to do. GUI thread only."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame

from app import parts
from app.theme import Theme, set_role
from memory.protocol import Problem


class ProblemNote(QFrame):
    """Hidden until there is something to say."""

    def __init__(self, theme: Theme):
        super().__init__()
        set_role(self, "problem")
        px = theme.px
        self.title = parts.label("", "heading")
        self.text = parts.label("", select=True)
        self.setLayout(
            parts.column(
                self.title, self.text, space=px(4), margins=(px(14), px(10), px(14), px(10))
            )
        )
        self.hide()

    def show_problem(self, problem: Problem | None) -> None:
        if problem is not None:
            self.title.setText(problem.title)
            self.text.setText(f"{problem.message} {problem.next_step}".strip())
            self.setAccessibleName(f"{problem.title}. {self.text.text()}")
        if self.isHidden() == (problem is not None):
            self.setVisible(problem is not None)
