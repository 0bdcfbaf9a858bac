"""The style sheet, built from the tokens: a pure function, so a test can read it.

Roles and kinds are explained in ``app.theme``. Sizes come in as pixels of the system font.
"""

from __future__ import annotations

from collections.abc import Callable

from app import tokens
from app.tokens import Palette, mixed


def style_sheet(c: Palette, *, body_px: int, px: Callable[[float], int]) -> str:
    """The whole sheet for palette ``c``; ``px`` turns grid lengths into pixels."""
    return "\n".join(
        part(c, body_px, px) for part in (_ground, _labels, _buttons, _fields, _views, _bars)
    )


def _ground(c: Palette, body: int, px: Callable[[float], int]) -> str:
    return f"""
QWidget {{ color: {c.text}; }}
QMainWindow, QDialog, QStackedWidget, QWidget[role="page"] {{ background: {c.surface}; }}
QWidget[role="side"] {{ background: {c.side}; }}
QWidget[role="clear"], QScrollArea[role="clear"],
QScrollArea[role="clear"] > QWidget > QWidget {{ background: transparent; }}
QScrollArea {{ border: none; background: transparent; }}
QFrame[role="card"] {{ background: {c.raised}; border: 1px solid {c.line};
    border-radius: {tokens.CORNER}px; }}
QFrame[role="notice"] {{ background: {c.raised}; border: 1px solid {c.edge};
    border-radius: {tokens.CORNER}px; }}
QFrame[role="problem"] {{ background: {c.bad_soft}; border: 1px solid {c.bad};
    border-radius: {tokens.CORNER}px; }}
QFrame[role="private"] {{ background: {c.private_soft}; border: none;
    border-radius: {tokens.CORNER}px; }}
QFrame[role="question"] {{ background: {c.side}; border: none;
    border-radius: {tokens.CORNER}px; }}
QFrame[role="bar"] {{ background: {c.side}; border: none; border-top: 1px solid {c.line}; }}
QFrame[role="line"] {{ background: {c.line}; border: none; max-height: 1px; min-height: 1px; }}
QFrame[role="upright"] {{ background: {c.line}; border: none; max-width: 1px; min-width: 1px; }}
QSplitter::handle {{ background: {c.line}; }}
QSplitter::handle:hover {{ background: {c.edge}; }}
QToolTip {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.edge};
    padding: {px(6)}px; }}
"""


def _labels(c: Palette, body: int, px: Callable[[float], int]) -> str:
    title = round(body * tokens.TITLE)
    small = round(body * tokens.SMALL)
    return f"""
QLabel {{ background: transparent; }}
QLabel[role="title"] {{ font-size: {title}px; font-weight: 600; }}
QLabel[role="heading"] {{ font-weight: 600; }}
QLabel[role="muted"] {{ color: {c.muted}; }}
QLabel[role="small"] {{ color: {c.muted}; font-size: {small}px; }}
QLabel[role="section"] {{ color: {c.muted}; font-size: {small}px; font-weight: 600; }}
QLabel[role="bad"] {{ color: {c.bad}; }}
QLabel[role="warn"] {{ color: {c.warn}; }}
QLabel[role="good"] {{ color: {c.good}; }}
QLabel[role="private"] {{ color: {c.private}; font-size: {small}px; }}
QLabel[role="accent"] {{ color: {c.accent}; }}
QLabel[role="chip"], QLabel[role="tag"] {{ background: {c.raised}; border: 1px solid {c.line};
    border-radius: {px(10)}px; padding: {px(2)}px {px(9)}px; font-size: {small}px; }}
QLabel[role="tag"] {{ background: {c.accent_soft}; border-color: {c.accent_soft}; }}
QLabel[kind="line"] {{ border: 2px solid transparent; border-radius: {tokens.CORNER - 2}px;
    padding: 2px {px(4)}px; }}
QLabel[kind="line"]:hover {{ background: {c.hover}; }}
QLabel[kind="line"]:focus {{ border-color: {c.accent}; }}
"""


def _buttons(c: Palette, body: int, px: Callable[[float], int]) -> str:
    small = round(body * tokens.SMALL)
    pressed = mixed(c.hover, c.edge, 0.25)
    faint = mixed(c.muted, c.surface, 0.35)
    return f"""
QPushButton, QToolButton {{ background: {c.raised}; border: 1px solid {c.edge};
    border-radius: {tokens.CORNER - 2}px; padding: {px(5)}px {px(12)}px; }}
QToolButton {{ padding: {px(5)}px; }}
QPushButton:hover, QToolButton:hover {{ background: {c.hover}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {pressed}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {faint}; border-color: {c.line}; }}
QPushButton:focus, QToolButton:focus {{ border: 2px solid {c.accent};
    padding: {px(5) - 1}px {px(12) - 1}px; }}
QToolButton:focus {{ padding: {px(5) - 1}px; }}
QPushButton[kind="primary"] {{ background: {c.accent}; color: {c.on_accent};
    border-color: {c.accent}; font-weight: 600; }}
QPushButton[kind="primary"]:hover {{ background: {mixed(c.accent, c.text, 0.15)}; }}
QPushButton[kind="primary"]:focus {{ border-color: {c.text}; }}
QPushButton[kind="primary"]:disabled {{ background: {c.hover}; color: {faint};
    border-color: {c.hover}; }}
QPushButton[kind="danger"] {{ color: {c.bad}; border-color: {c.bad}; }}
QPushButton[kind="danger"]:hover {{ background: {c.bad_soft}; }}
QPushButton[kind="quiet"], QToolButton[kind="icon"], QToolButton[kind="quiet"] {{
    background: transparent; border: 1px solid transparent; }}
QPushButton[kind="quiet"] {{ color: {c.accent}; padding: {px(3)}px {px(6)}px; }}
QPushButton[kind="line"] {{ background: transparent; border: 2px solid transparent;
    color: {c.accent}; text-align: left; padding: {px(1)}px {px(4)}px; }}
QPushButton[kind="line"]:hover {{ background: {c.hover}; }}
QPushButton[kind="line"]:focus {{ border: 2px solid {c.accent}; }}
QPushButton[kind="faint"] {{ background: transparent; border: 1px solid transparent;
    color: {c.muted}; font-size: {small}px; padding: {px(2)}px {px(4)}px; text-align: left; }}
QPushButton[kind="faint"]:hover {{ background: {c.hover}; color: {c.accent}; }}
QPushButton[kind="faint"]:focus {{ border: 2px solid {c.accent};
    padding: {px(2) - 1}px {px(4) - 1}px; }}
QPushButton[kind="quiet"]:focus {{ border: 2px solid {c.accent};
    padding: {px(3) - 1}px {px(6) - 1}px; }}
QPushButton[kind="quiet"]:hover, QToolButton[kind="icon"]:hover,
QToolButton[kind="quiet"]:hover {{ background: {c.hover}; }}
QToolButton[kind="icon"]:checked {{ background: {c.accent_soft}; }}
QToolButton[kind="icon"]:focus {{ border: 2px solid {c.accent}; }}
QToolButton::menu-indicator {{ image: none; }}
QPushButton[kind="place"] {{ background: transparent; border: 2px solid transparent;
    text-align: left; padding: {px(5)}px {px(8)}px; }}
QPushButton[kind="place"]:hover {{ background: {c.hover}; }}
QPushButton[kind="place"]:checked {{ background: {c.accent_soft}; color: {c.text};
    font-weight: 600; }}
QPushButton[kind="place"]:focus {{ border: 2px solid {c.accent}; }}
QPushButton[kind="chip"] {{ background: {c.raised}; border: 1px solid {c.line};
    border-radius: {px(10)}px; padding: {px(3)}px {px(10)}px; font-size: {small}px; }}
QPushButton[kind="chip"]:hover {{ border-color: {c.edge}; background: {c.hover}; }}
QPushButton[kind="chip"]:checked {{ background: {c.accent_soft}; border-color: {c.accent}; }}
QPushButton[kind="chip"]:focus {{ border: 2px solid {c.accent};
    padding: {px(3) - 1}px {px(10) - 1}px; }}
"""


def _fields(c: Palette, body: int, px: Callable[[float], int]) -> str:
    names = "QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox, QDoubleSpinBox, QDateEdit"
    focused = ", ".join(f"{n}:focus" for n in names.split(", "))
    return f"""
{names} {{ background: {c.raised}; border: 1px solid {c.edge};
    border-radius: {tokens.CORNER - 2}px; padding: {px(5)}px {px(8)}px;
    selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
{focused} {{ border: 2px solid {c.accent}; padding: {px(5) - 1}px {px(8) - 1}px; }}
QComboBox::drop-down, QDateEdit::drop-down {{ border: none; background: transparent;
    width: {px(20)}px; }}
QTextBrowser, QTextEdit[role="reading"], QPlainTextEdit[role="reading"],
QTextBrowser:focus {{ background: transparent; border: none; padding: 0; }}
QLineEdit[role="bare"], QPlainTextEdit[role="bare"], QLineEdit[role="bare"]:focus,
QPlainTextEdit[role="bare"]:focus {{ background: transparent; border: none; padding: 0; }}
QFrame[role="field"] {{ background: {c.raised}; border: 1px solid {c.edge};
    border-radius: {tokens.CORNER + 2}px; }}
QFrame[role="field"][focused="true"] {{ border: 2px solid {c.accent}; }}
QFrame[role="field"][private="true"] {{ background: {c.private_soft};
    border-color: {c.private}; }}
QCheckBox, QRadioButton {{ spacing: {px(8)}px; background: transparent;
    border: 2px solid transparent; border-radius: 4px; padding: 2px; }}
QCheckBox:focus, QRadioButton:focus {{ border-color: {c.accent}; }}
QRadioButton::indicator {{ width: {px(14)}px; height: {px(14)}px; background: {c.raised};
    border: 1px solid {c.edge}; border-radius: {px(14) // 2 + 1}px; }}
QRadioButton::indicator:checked {{ width: {px(6)}px; height: {px(6)}px;
    background: {c.on_accent}; border: {px(4) + 1}px solid {c.accent}; }}
QComboBox QAbstractItemView {{ background: {c.raised}; border: 1px solid {c.edge};
    selection-background-color: {c.accent_soft}; selection-color: {c.text}; }}
"""


def _views(c: Palette, body: int, px: Callable[[float], int]) -> str:
    return f"""
QAbstractItemView {{ background: transparent; border: none; outline: none;
    selection-background-color: {c.accent_soft}; selection-color: {c.text}; }}
QAbstractItemView:focus {{ border: none; }}
QListView::item, QTreeView::item {{ border-radius: {tokens.CORNER - 2}px;
    padding: {px(4)}px {px(8)}px; border: 2px solid transparent; }}
QListView::item:hover {{ background: {c.hover}; }}
QListView::item:selected {{ background: {c.accent_soft}; color: {c.text}; }}
QListView::item:focus {{ border: 2px solid {c.accent}; }}
QHeaderView::section {{ background: transparent; color: {c.muted}; border: none;
    border-bottom: 1px solid {c.line}; padding: {px(4)}px {px(8)}px; }}
QMenu {{ background: {c.raised}; border: 1px solid {c.edge}; padding: {px(4)}px; }}
QMenu::item {{ padding: {px(5)}px {px(20)}px {px(5)}px {px(12)}px; border-radius: 4px; }}
QMenu::item:selected {{ background: {c.accent_soft}; color: {c.text}; }}
QMenu::item:disabled {{ color: {c.muted}; }}
QMenu::separator {{ height: 1px; background: {c.line}; margin: {px(4)}px {px(8)}px; }}
QTabBar::tab {{ background: transparent; color: {c.muted}; padding: {px(5)}px {px(10)}px;
    border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {c.text}; border-bottom: 2px solid {c.accent}; }}
"""


def _bars(c: Palette, body: int, px: Callable[[float], int]) -> str:
    handle = mixed(c.edge, c.surface, 0.45)
    return f"""
QScrollBar:vertical {{ background: transparent; width: {px(10)}px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: {px(10)}px; margin: 0; }}
QScrollBar::handle {{ background: {handle}; border-radius: {px(3)}px; margin: {px(2)}px; }}
QScrollBar::handle:vertical {{ min-height: {px(24)}px; }}
QScrollBar::handle:horizontal {{ min-width: {px(24)}px; }}
QScrollBar::handle:hover {{ background: {c.edge}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QProgressBar {{ background: {c.hover}; border: none; border-radius: {px(2)}px;
    max-height: {px(4)}px; min-height: {px(4)}px; text-align: center; color: transparent; }}
QProgressBar::chunk {{ background: {c.accent}; border-radius: {px(2)}px; }}
QProgressBar[state="failed"]::chunk {{ background: {c.bad}; }}
QSlider::groove:horizontal {{ background: {c.hover}; height: {px(4)}px; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {c.accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{ background: {c.accent}; width: {px(14)}px; height: {px(14)}px;
    margin: -{px(5)}px 0; border-radius: {px(14) // 2}px; }}
QSlider:focus {{ border: 2px solid {c.accent}; border-radius: 4px; }}
"""
