"""Small endpoints beside the entities: PDF, sending, making a tax code."""

from decimal import Decimal
from typing import Any

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, Document
from sync.simulator.ledger.books.money import plain
from sync.simulator.ledger.payments.applying import bump
from sync.simulator.wire import Json, to_json


def pdf_of(document: Document) -> bytes:
    """A one-page PDF that names the document."""
    title = f"{document.kind} {document.body.get('DocNumber') or document.id}"
    text = f"BT /F1 18 Tf 72 720 Td ({title}) Tj ET".encode("latin-1", "replace")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
    ]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 5\n0000000000 65535 f \n" + table + trailer


def send(books: Books, kind: str, id_: str, address: str | None) -> Document:
    """Mark a sales document as e-mailed; no mail is sent."""
    if kind not in {"Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt"}:
        raise faults.unsupported_operation(f"send {kind}")
    document = books.live(kind, id_)
    if document is None:
        raise faults.not_found()
    email = {"Address": address} if address else document.body.get("BillEmail")
    if email is None:
        raise faults.required("BillEmail")
    delivery = {"DeliveryType": "Email", "DeliveryTime": books.stamp}
    sent = books.amend(document, EmailStatus="EmailSent", BillEmail=email, DeliveryInfo=delivery)
    books.tell(kind, id_, "Emailed")
    return bump(books, sent)


def tax_service(books: Books, body: Any) -> str:
    """Make a tax code with new rates; the answer stands without an envelope, as QuickBooks's."""
    name = body.get("TaxCode") if isinstance(body, dict) else None
    if not name:
        raise faults.required("TaxCode")
    if books.named("TaxCode", str(name)) is not None:
        raise faults.duplicate_name("tax code")
    details = [_rate(books, detail) for detail in body.get("TaxRateDetails", [])]
    if not details:
        raise faults.required("TaxRateDetails")
    entries = [
        {"TaxRateRef": {"value": d["TaxRateId"]}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": n}
        for n, d in enumerate(details)
    ]
    code: Json = {"Name": str(name), "Description": str(name), "Active": True, "Taxable": True}
    code |= {"TaxGroup": True, "SalesTaxRateList": {"TaxRateDetail": entries}}
    code_id = _place(books, "TaxCode", code)
    return to_json({"TaxCode": name, "TaxCodeId": code_id, "TaxRateDetails": details})


def _rate(books: Books, detail: Json) -> Json:
    known = detail.get("TaxRateId")
    if known:
        rate = books.live("TaxRate", str(known))
        if rate is None:
            raise faults.invalid_reference("Tax rates", str(known), "TaxRateId")
        return {"TaxRateId": rate.id, "TaxRateName": rate.body["Name"]}
    for name in ("TaxRateName", "RateValue", "TaxAgencyId"):
        if detail.get(name) in (None, ""):
            raise faults.required(f"TaxRateDetails.{name}")
    agency = str(detail["TaxAgencyId"])
    if books.live("TaxAgency", agency) is None:
        raise faults.invalid_reference("Tax agencies", agency, "TaxAgencyId")
    value = plain(Decimal(str(detail["RateValue"])))
    body: Json = {"Name": str(detail["TaxRateName"]), "Active": True, "RateValue": value}
    body |= {"AgencyRef": {"value": agency}, "SpecialTaxType": "NONE", "DisplayType": "ReadOnly"}
    rate_id = _place(books, "TaxRate", body)
    return {
        "TaxRateName": body["Name"],
        "TaxRateId": rate_id,
        "RateValue": value,
        "TaxAgencyId": agency,
        "TaxApplicableOn": str(detail.get("TaxApplicableOn") or "Sales"),
    }


def _place(books: Books, kind: str, body: Json) -> str:
    id_ = books.next_id(kind)
    times = {"CreateTime": books.stamp, "LastUpdatedTime": books.stamp}
    head = {"domain": "QBO", "sparse": False, "Id": id_, "SyncToken": "0", "MetaData": times}
    books.put(Document(kind, id_, head | body))
    books.tell(kind, id_, "Create")
    return id_
