"""Documents as QuickBooks sends them, as a bookkeeper of Riverside would enter them.

It knows nothing of how they are judged.
"""

from datetime import date, timedelta
from itertools import count

DAY = date(2026, 5, 20)
RECEIVABLE, BANK, CARD, UNDEPOSITED, CLEARING = "10", "11", "12", "13", "14"
INCOME, RETURNS, LATE_FEES, SALES_TAX = "20", "21", "22", "30"
BAD_DEBT, BANK_FEES, INVENTORY = "40", "41", "42"
ACCOUNT_TYPES = {
    RECEIVABLE: ("Accounts Receivable", "AccountsReceivable"),
    BANK: ("Bank", "Checking"),
    CARD: ("Credit Card", "CreditCard"),
    UNDEPOSITED: ("Other Current Asset", "UndepositedFunds"),
    CLEARING: ("Other Current Asset", "OtherCurrentAssets"),
    INCOME: ("Income", "ServiceFeeIncome"),
    RETURNS: ("Income", "DiscountsRefundsGiven"),
    LATE_FEES: ("Income", "OtherPrimaryIncome"),
    SALES_TAX: ("Other Current Liability", "GlobalTaxPayable"),
    BAD_DEBT: ("Expense", "BadDebts"),
    BANK_FEES: ("Expense", "BankCharges"),
    INVENTORY: ("Other Current Asset", "Inventory"),
}
CLEANING, RETURNED_CHECK, GIFT_CARD = "1", "2", "3"
PRODUCTS = {CLEANING: INCOME, RETURNED_CHECK: BANK, GIFT_CARD: SALES_TAX}


class Books:
    """Enters documents; ids count up from 301 and are never used twice."""

    def __init__(self, currency="USD", home="USD"):
        self.currency, self.home = currency, home
        self.ids = count(301)
        self.rows = []

    def enter(self, entity, row, *, day=0, currency=None, note=None):
        """Enter a document so many days after DAY; in a currency of its own where one is given."""
        shown = currency or self.currency
        if shown != self.home:
            row["CurrencyRef"] = {"value": shown}
            row["ExchangeRate"] = 1.37
        row |= {"Id": str(next(self.ids)), "SyncToken": "0", "TxnDate": str(day_of(day))}
        if note:
            row["PrivateNote"] = note
        self.rows.append((entity, row))
        return row

    # Sales forms

    def credit_memo(self, customer, amount, balance=None, tax=0, **more):
        row = self._sale(customer, amount, tax, more.pop("item", CLEANING))
        left = amount if balance is None else balance
        row |= {"Balance": left, "RemainingCredit": left}
        return self.enter("CreditMemo", row, **more)

    def refund_receipt(self, customer, amount, account=BANK, tax=0, **more):
        row = self._sale(customer, amount, tax, more.pop("item", CLEANING))
        row["DepositToAccountRef"] = {"value": account}
        return self.enter("RefundReceipt", row, **more)

    def invoice(self, customer, amount, item=CLEANING, **more):
        return self.enter("Invoice", self._sale(customer, amount, 0, item), **more)

    @staticmethod
    def _sale(customer, amount, tax, item):
        row = {
            "CustomerRef": {"value": customer},
            "Line": [
                {
                    "Amount": round(amount - tax, 2),
                    "DetailType": "SalesItemLineDetail",
                    "SalesItemLineDetail": {"ItemRef": {"value": item}},
                },
                {"Amount": round(amount - tax, 2), "DetailType": "SubTotalLineDetail"},
            ],
            "TotalAmt": amount,
        }
        if tax:
            row["TxnTaxDetail"] = {"TotalTax": tax}
        return row

    # Money

    def expense(self, customer, *lines, account=CARD, kind="CreditCard", payee=True, **more):
        """Pay (account, amount) each; the customer is named on lines to the receivable."""
        row = {
            "PaymentType": kind,
            "AccountRef": {"value": account},
            "Line": [self._expense_line(customer, *line) for line in lines],
            "TotalAmt": sum(amount for _, amount in lines),
        }
        if payee:
            row["EntityRef"] = {"value": customer, "type": "Customer"}
        return self.enter("Purchase", row, **more)

    @staticmethod
    def _expense_line(customer, account, amount):
        detail = {"AccountRef": {"value": account}}
        if account == RECEIVABLE:
            detail["CustomerRef"] = {"value": customer}
        return {
            "Amount": amount,
            "DetailType": "AccountBasedExpenseLineDetail",
            "AccountBasedExpenseLineDetail": detail,
        }

    def check(self, customer, amount, to=RECEIVABLE, **more):
        return self.expense(customer, (to, amount), account=BANK, kind="Check", **more)

    def journal(self, *lines, **more):
        """Debit or credit ("Dr" or "Cr", account, amount, customer or nobody) each."""
        row = {"Line": [self._journal_line(*line) for line in lines]}
        return self.enter("JournalEntry", row, **more)

    @staticmethod
    def _journal_line(side, account, amount, customer=None):
        detail = {
            "PostingType": {"Dr": "Debit", "Cr": "Credit"}[side],
            "AccountRef": {"value": account},
        }
        if customer:
            detail["Entity"] = {"Type": "Customer", "EntityRef": {"value": customer}}
        return {
            "Amount": amount,
            "DetailType": "JournalEntryLineDetail",
            "JournalEntryLineDetail": detail,
        }

    def deposit(self, customer, amount, taken=200, to=RECEIVABLE, **more):
        """Take money to the bank, less what went back to a customer."""
        row = {
            "DepositToAccountRef": {"value": BANK},
            "TotalAmt": taken - amount,
            "Line": [
                {
                    "Amount": taken,
                    "LinkedTxn": [{"TxnId": "9", "TxnType": "Payment", "TxnLineId": "0"}],
                },
                {
                    "Id": "2",
                    "Amount": -amount,
                    "DetailType": "DepositLineDetail",
                    "DepositLineDetail": {
                        "AccountRef": {"value": to},
                        "Entity": {"value": customer, "type": "CUSTOMER"},
                    },
                },
            ],
        }
        return self.enter("Deposit", row, **more)

    def payment(self, customer, amount, *links, **more):
        """Receive money and apply (entity, row or id, amount) each; of nothing it ties credits."""
        row = {"CustomerRef": {"value": customer}, "TotalAmt": amount, "Line": lines_of(links)}
        return self.enter("Payment", row, **more)


def lines_of(links):
    return [
        {
            "Amount": amount,
            "LinkedTxn": [{"TxnId": row if isinstance(row, str) else row["Id"], "TxnType": name}],
        }
        for name, row, amount in links
    ]


def day_of(days):
    return DAY + timedelta(days=days)
