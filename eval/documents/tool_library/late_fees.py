"""Late fees of the tool library, as the handbook has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

GRACE_DAYS = 2
DAILY_FEE = {"hand": Decimal("0.20"), "motor": Decimal("1.00")}


@dataclass(frozen=True)
class Loan:
    """A tool that was lent, and what it cost when it was bought."""

    tool: str
    kind: str
    due: date
    price: Decimal

    def days_late(self, today: date) -> int:
        """Days beyond the grace period; none while it lasts."""
        return max(0, (today - self.due).days - GRACE_DAYS)


def late_fee(loan: Loan, today: date) -> Decimal:
    """The fee for a loan that comes back today, capped at half of the tool's price."""
    fee = loan.days_late(today) * DAILY_FEE[loan.kind]
    return min(fee, loan.price / 2)


def may_borrow(loans: list[Loan], today: date, limit: Decimal = Decimal(15)) -> bool:
    """Whether a member with these overdue loans is still allowed to take another tool home."""
    owed = sum((late_fee(loan, today) for loan in loans), Decimal(0))
    return owed <= limit


class ReminderSchedule:
    """Decides on which days after the due date a reminder goes out."""

    def __init__(self, first: int = 3, every: int = 7, most: int = 4) -> None:
        self.first = first
        self.every = every
        self.most = most

    def days(self) -> list[int]:
        """Days after the due date, at most four of them."""
        return [self.first + number * self.every for number in range(self.most)]

    def escalates_to_phone(self, sent: int) -> bool:
        """The fourth reminder is a call by the desk instead of a text message."""
        return sent + 1 >= self.most
