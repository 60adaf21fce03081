"""A bookkeeper who enters adjustments in the simulated QuickBooks, thirty at a time."""

import json
from decimal import Decimal

from sync.quickbooks.client import Client


def plain(value):
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value


class Bookkeeper:
    """Does things in one company that Paidup is not told of."""

    def __init__(self, company):
        self.realm_id = company.realm_id
        self.client = Client(company.realm_id, company.access_token)
        self.item = next(self.client.select("Item", "Type = 'Service'"))["Id"]
        accounts = list(self.client.select("Account"))
        self.receivable = self._account(accounts, "Accounts Receivable")
        self.bank = self._account(accounts, "Bank")
        self.card = self._account(accounts, "Credit Card")
        self.income = self._account(accounts, "Income")
        self.requests = 0

    @staticmethod
    def _account(accounts, kind):
        return next(a["Id"] for a in accounts if a["AccountType"] == kind)

    def close(self):
        self.client.close()

    def do(self, *operations):
        """Do (operation, entity, body) each and return the documents, in their order."""
        done = []
        for start in range(0, len(operations), 30):
            items = [
                {"bId": str(n), "operation": operation, entity: plain(body)}
                for n, (operation, entity, body) in enumerate(operations[start : start + 30])
            ]
            self.requests += 1
            body = json.dumps({"BatchItemRequest": items}).encode()
            answer = self.client.send_batch(body, f"book-{id(self)}-{self.requests}")
            assert answer.status == 200, answer.body
            for response in answer.data["BatchItemResponse"]:
                assert "Fault" not in response, response
                (entity,) = response.keys() - {"bId"}
                done.append(response[entity])
        return done

    def one(self, operation, entity, body):
        return self.do((operation, entity, body))[0]

    # What it may enter

    def sale_line(self, amount):
        detail = {"ItemRef": {"value": self.item}, "TaxCodeRef": {"value": "NON"}}
        return {
            "Amount": amount,
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": detail,
        }

    def customer(self, name):
        return ("create", "Customer", {"DisplayName": name})

    def invoice(self, customer, amount, day, number):
        return (
            "create",
            "Invoice",
            {
                "CustomerRef": {"value": customer},
                "TxnDate": str(day),
                "DocNumber": number,
                "Line": [self.sale_line(amount)],
            },
        )

    def payment(self, customer, amount, day, invoice=None):
        body = {"CustomerRef": {"value": customer}, "TotalAmt": amount, "TxnDate": str(day)}
        if invoice:
            links = [{"TxnId": invoice, "TxnType": "Invoice"}]
            body["Line"] = [{"Amount": amount, "LinkedTxn": links}]
        return ("create", "Payment", body)

    def credit_memo(self, customer, amount, day):
        return (
            "create",
            "CreditMemo",
            {
                "CustomerRef": {"value": customer},
                "TxnDate": str(day),
                "Line": [self.sale_line(amount)],
            },
        )

    def refund_receipt(self, customer, amount, day):
        body = self.credit_memo(customer, amount, day)[2]
        return ("create", "RefundReceipt", body | {"DepositToAccountRef": {"value": self.bank}})

    def _purchase(self, customer, amount, day, kind, account):
        detail = {
            "AccountRef": {"value": self.receivable},
            "CustomerRef": {"value": customer},
        }
        line = {
            "Amount": amount,
            "DetailType": "AccountBasedExpenseLineDetail",
            "AccountBasedExpenseLineDetail": detail,
        }
        return (
            "create",
            "Purchase",
            {
                "PaymentType": kind,
                "AccountRef": {"value": account},
                "EntityRef": {"value": customer, "type": "Customer"},
                "TxnDate": str(day),
                "Line": [line],
            },
        )

    def expense(self, customer, amount, day):
        return self._purchase(customer, amount, day, "CreditCard", self.card)

    def check(self, customer, amount, day):
        return self._purchase(customer, amount, day, "Check", self.bank)

    def journal_entry(self, customer, amount, day):
        def line(posting, account, entity=None):
            detail = {"PostingType": posting, "AccountRef": {"value": account}}
            if entity:
                detail["Entity"] = {"Type": "Customer", "EntityRef": {"value": entity}}
            return {
                "Amount": amount,
                "DetailType": "JournalEntryLineDetail",
                "JournalEntryLineDetail": detail,
            }

        lines = [line("Debit", self.receivable, customer), line("Credit", self.bank)]
        return ("create", "JournalEntry", {"TxnDate": str(day), "Line": lines})

    def changed(self, payment, amount):
        """Take a payment down to another amount, all of it applied as far as it goes."""
        lines = [
            {"Amount": amount, "LinkedTxn": line["LinkedTxn"]} for line in payment.get("Line", [])
        ]
        body = {
            "Id": payment["Id"],
            "SyncToken": payment["SyncToken"],
            "sparse": True,
            "CustomerRef": payment["CustomerRef"],
            "TotalAmt": amount,
            "Line": lines,
        }
        return ("update", "Payment", body)

    def deposit(self, payment):
        """Take a payment to the bank."""
        links = [{"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}]
        line = {"Amount": payment["TotalAmt"], "LinkedTxn": links}
        return (
            "create",
            "Deposit",
            {"DepositToAccountRef": {"value": self.bank}, "Line": [line]},
        )

    def voided(self, document, entity="Payment"):
        return ("void", entity, {"Id": document["Id"], "SyncToken": document["SyncToken"]})

    def deleted(self, document, entity="Payment"):
        return ("delete", entity, {"Id": document["Id"], "SyncToken": document["SyncToken"]})

    def read(self, entity, qbo_id):
        return self.client.read(entity, qbo_id)
