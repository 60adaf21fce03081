"""Names people give to columns, in six languages; read by `columns.py`, by name alone.

A name is compared without case, accents kept, signs and brackets removed: "Total ($)" is "total".
"""

import re
import unicodedata
from functools import cache

from sync.intake.files.columns.fields import Field

WORDS: dict[Field, str] = {
    Field.NUMBER: "nr|no|number|nummer|numéro|número|numero|"
    "invoice|invoice no|invoice number|invoice num|inv|inv no|inv number|invoiceno|"
    "invoicenumber|invoice id number|bill no|bill number|num|document number|doc number|docnumber|"
    "document no|doc no|document|voucher no|"
    "rechnung nr|rechnungsnr|rechnungsnummer|rechnung|rg nr|re nr|belegnummer|beleg nr|"
    "numéro de facture|n facture|no facture|nº facture|no de facture|n o de facture|n o facture|"
    "n de facture|"
    "facture|facture n|num facture|"
    "número de factura|nº factura|no de factura|n o de factura|n o factura|n factura|no factura|"
    "factura|"
    "núm factura|"
    "factuurnummer|factuurnr|factuur|factuur nr|numero fattura|n fattura|nr fattura|fattura|"
    "fattura n|invoices|applied to invoice|invoice reference|invoice ref|"
    "for inv|for invoice|invoice s|inv s|applied to|paid invoice|paid invoices|invoice numbers|"
    "invoice nos",
    Field.INVOICE_ID: "invoice id|invoiceid|invoice uuid|rechnungs id",
    Field.DATE: "date|document date|doc date|dated|dated on|datum|fecha|data|day|"
    "transaction date|txn date|belegdatum",
    Field.ISSUED: "issued|issued on|issued date|issue date|date issued|invoice date|invoicedate|"
    "inv date|invoiced on|billed on|bill date|billing date|created date|sent date|rechnungsdatum|"
    "date de facture|date facture|date de facturation|date d émission|fecha de factura|"
    "fecha factura|"
    "fecha de emisión|factuurdatum|data fattura|data emissione|data documento|"
    "date created|created on|creation date|date invoiced|date billed|invoiced|inv dt|billed",
    Field.DUE: "due|due date|due on|date due|duedate|payment due|fällig|fällig am|fälligkeit|"
    "fälligkeitsdatum|échéance|date d échéance|vencimiento|fecha de vencimiento|vervaldatum|"
    "vervaldag|scadenza|data scadenza",
    Field.TYPE: "type|direction|dr cr|cr dr|txn type|trans type|entry type|transaction type|"
    "document type|event type|typ|belegart|tipo|soort",
    Field.STATUS: "status|invoice status|state|stand|statut|état|estado|stato|payment status|"
    "transaction status|"
    "result|outcome|payment state|transaction result",
    Field.CURRENCY: "currency|currency code|cur|ccy|währung|devise|monnaie|moneda|divisa|valuta",
    Field.TOTAL: "total|invoice total|total invoice amount|grand total|total amount|total due|"
    "total incl tax|"
    "total including tax|total inc gst|total incl gst|total inc vat|total incl vat|total inc tax|"
    "gross|gross amount|gross total|invoice amount|amount total|"
    "requested amount|"
    "total value|brutto|bruttobetrag|betrag brutto|summe brutto|gesamt brutto|gesamt|"
    "gesamtbetrag|rechnungsbetrag|total ttc|ttc|montant ttc|"
    "importe total|"
    "total factura|total con iva|totaal|totaalbedrag|bedrag incl btw|totaal incl btw|totale|"
    "totale fattura|totale ivato|importo totale|"
    "amount billed|billed amount|amt billed|total billed|invoice total amount|job total|job amount",
    Field.SUBTOTAL: "subtotal|sub total|net|net amount|net total|total excl tax|total ex tax|"
    "pre tax total|pretax total|amount before tax|netto|nettobetrag|ht|total ht|montant ht|"
    "betrag netto|summe netto|gesamt netto|net value|base imponible|base|subtotaal|"
    "bedrag excl btw|totaal excl btw|imponibile",
    Field.TAX_TOTAL: "tax|tax total|tax amount|total tax|sales tax|vat|vat amount|gst|hst|mwst|ust|"
    "umsatzsteuer|mehrwertsteuer|steuer|steuerbetrag|ust betrag|mwst betrag|tva|montant tva|"
    "taxe|taxes|iva|cuota iva|"
    "gst amount|gst total|hst amount|sales tax amount|sales tax value|impuesto|impuestos|btw|"
    "btw bedrag|imposta|"
    "tax 1|tax1|tps|state tax|gst tps|taxe 1",
    Field.TAX_TOTAL_2: "tax 2|tax2|pst|qst|tvq|rst|county tax|city tax|local tax|second tax|"
    "qst tvq|"
    "pst qst|taxe 2",
    Field.DISCOUNT_TOTAL: "discount|discounts|discount amount|discount total|rabatt|nachlass|"
    "remise|"
    "descuento|korting|sconto",
    Field.SHIPPING: "shipping|shipping charge|freight|versand|versandkosten|transport",
    Field.ADJUSTMENT: "adjustment|round off|rounding|rundung|arrondi|redondeo|afronding",
    Field.SURCHARGE: "surcharge|credit card surcharge|card surcharge|convenience fee|zuschlag",
    Field.PAID_TOTAL: "amount paid|paid amount|paid amt|total paid|invoice amount paid|"
    "paid to date|"
    "paid value|bezahlter betrag|montant payé|montant réglé|importe pagado|betaald bedrag|"
    "importo pagato|"
    "amount recd|amt recd|recd amount|total recd|amt paid|paid so far",
    Field.BALANCE: "balance|open amount|amount open|due value|balance owing|amount remaining|"
    "balance due|amount due|"
    "open balance|outstanding|amount outstanding|"
    "offen|offener betrag|restbetrag|saldo|solde|reste à payer|pendiente|importe pendiente|"
    "openstaand|openstaand bedrag|da pagare",
    Field.CREDITS: "credits applied|credit applied|credits",
    Field.WRITE_OFF: "write off|written off|write off amount",
    Field.PAID_ON: "paid on|paid at|pd|pd date|pd on|date paid|paid date|marked paid date|paid|"
    "date of payment|"
    "bezahlt am|"
    "bezahlt|gezahlt am|payé le|réglé le|pagado el|fecha de pago|betaald op|pagato il|"
    "last payment date|last payment|last paid date",
    Field.PAID_HOW: "how|how paid|paid with|paid by|paid how|zahlart|zahlungsart|zahlungsweise",
    Field.CUSTOMER: "customer|cust|cust name|display name|payer|payor|received from|customer name|"
    "client|client name|name|bill to|"
    "billed to|contact|"
    "contact name|contactname|account name|company|company name|kunde|kundenname|firma|"
    "nom du client|nom client|cliente|nombre|nombre del cliente|nombre cliente|klant|klantnaam|"
    "naam|relatie|nome cliente|nome|ragione sociale|"
    "recipient name|recipient|sold to|from|paid from|rcvd from|recd from|payor name|payer name|"
    "cardholder name|customer full name|client full name|billing name|bill to name|kontakt",
    Field.CUSTOMER_ID: "customer id|customer no|customer number|client id|client no|kundennummer|"
    "kunden nr|kundennr|numéro client|n client|número de cliente|klantnummer|codice cliente|"
    "account no|account number",
    Field.GIVEN_NAME: "first name|given name|vorname|prénom|voornaam|"
    "customer first name|client first name|billing first name",
    Field.FAMILY_NAME: "last name|family name|surname|nachname|apellidos|achternaam|cognome|"
    "co last name|customer last name|client last name|billing last name",
    Field.EMAIL: "email|e mail|email address|emailaddress|customer email|client email|"
    "correo|correo electrónico|courriel|e mailadres|mail",
    Field.PHONE: "phone|phone number|mobile|main phone|mobile phone|home phone|work phone|cell|"
    "telephone|client phone|customer phone|telefon|"
    "téléphone|"
    "teléfono|telefoon|telefono|customer mobile number",
    Field.STREET: "street|address|street 1|address 1|billing street 1|billing address 1|"
    "service street 1|service street|billing street|service address|billing address|"
    "street address|address line 1|straße|strasse|adresse|anschrift|dirección|adres|straat|"
    "indirizzo|via",
    Field.CITY: "city|town|service city|billing city|ort|stadt|ville|ciudad|plaats|stad|città",
    Field.REGION: "state province|province|region|service province|service state|billing state|"
    "provincia|provincie",
    Field.POSTAL_CODE: "zip|zip code|billing zip code|billing postal code|postal code|postcode|"
    "service zip|billing zip|plz|postleitzahl|"
    "code postal|código postal|cap",
    Field.COUNTRY: "country|billing country|land|pays|país|paese",
    Field.SERVICE: "service|item|item name|product|product service|product service name|job type|"
    "leistung|artikel|produkt|prestation|article|servicio|artículo|producto|dienst|product dienst|"
    "servizio|articolo|prodotto|product service full name",
    Field.DESCRIPTION: "description|item description|line description|details|work|"
    "memo description|"
    "beschreibung|bezeichnung|désignation|libellé|descripción|concepto|omschrijving|descrizione",
    Field.QUANTITY: "qty|quantity|hours|units|menge|anzahl|stunden|quantité|qté|cantidad|cant|"
    "aantal|uren|quantità|qtà|item quantity",
    Field.PRICE: "price|rate|unit price|unit cost|unit amount|unitamount|item price|item rate|"
    "sales price|einzelpreis|preis|stückpreis|prix|prix unitaire|pu|precio|precio unitario|prijs|"
    "stukprijs|prezzo|prezzo unitario",
    Field.LINE_AMOUNT: "line amount|line subtotal|item amount|item total|line total|"
    "positionsbetrag|"
    "extended price|extended amount|ext price|ext amount|extended|regelbedrag",
    Field.LINE_TAX: "line tax|item tax amount|tax per line",
    Field.TAX_CODE: "tax code|tax rate|vat rate|gst rate|sales tax rate|tax percent|"
    "item tax code|tax type|steuersatz|tax name|steuercode",
    Field.TAXABLE: "taxable|is taxable",
    Field.LINES: "line items",
    Field.SUM: "amount|amt|sum|betrag|summe|montant|importe|monto|bedrag|importo|value",
    Field.RECEIVED: "payment date|received|received on|date received|payment received date|"
    "received date|deposit date|zahlungsdatum|zahldatum|eingegangen am|zahlungseingang|"
    "date de paiement|reçu le|encaissé le|date encaissement|date d encaissement|"
    "date de règlement|fecha de cobro|betaaldatum|ontvangen op|data pagamento|"
    "data incasso|"
    "receipt date|date recd|recd|recd date|date rcvd|rcvd|pmt date|pay date|paid date time|"
    "deposited|date deposited|collected on|collection date|batch date",
    Field.AMOUNT: "payment amount|amount received|received amount|payment total|zahlungsbetrag|"
    "montant du paiement|montant reçu|montant encaissé|importe del pago|importe cobrado|betaling|"
    "importo pagamento|"
    "total received|amount charged|total charged|charged amount|amount collected|total collected|"
    "pmt amount|pmt amt|receipt amount|amount deposited",
    Field.METHOD: "method|payment method|payment type|payment mode|mode|tender|pay method|"
    "paid through|zahlungsmethode|mode de paiement|moyen de paiement|mode de règlement|"
    "método de pago|forma de pago|betaalwijze|betaalmethode|metodo di pagamento|modalità pagamento|"
    "pmt type|pmt method|pay type|tender type|form of payment|how received|payment methods|"
    "card type|card brand",
    Field.PAYMENT_ID: "payment id|paymentid|transaction id|txn id|trans id|payment uuid|"
    "zahlungs id|id pago",
    Field.PAYMENT_NUMBER: "payment no|payment number|pmt no|receipt no|receipt number|zahlung nr",
    Field.REFERENCE: "reference|ref|reference no|reference number|ref no|ref number|confirmation|"
    "confirmation code|verwendungszweck|referenz|référence|referencia|referentie|kenmerk|"
    "riferimento|"
    "check ref|check ref no|ref check no|transaction reference|check or ref no|auth code|"
    "authorization code|approval code",
    Field.CHECK_NUMBER: "check|chk|chk no|ck no|check no|check number|cheque|cheque no|"
    "cheque number|schecknummer",
    Field.APPLIED: "amount allocated|amount applied|applied amount|amount applied to invoice|"
    "applied",
    Field.UNAPPLIED: "unapplied|unapplied amount|unused amount|amount unapplied",
    Field.WITHHELD: "withholding tax amount|withholding tax|withheld tax|tax withheld",
    Field.TIP: "tip|tips|tip amount|gratuity|trinkgeld|pourboire|propina|fooi",
    Field.FEE: "fee|fees|fee amount|processing fee|gebühr|frais|comisión|kosten|commissione",
    Field.QUOTE: "quote|quote no|estimate|estimate no",
    Field.NOTE: "note|notes|memo|bemerkung|notiz|notas|opmerking|nota",
    Field.REFUNDED: "amount refunded|refunded amount|refund amount|refund|is refund|"
    "refunded|refunds total|total refunded|refunds|refund total|refunded total|partial refunds",
    Field.REFUNDED_ON: "refunded on|refund date|refunded date",
    Field.CHARGE_ID: "charge id|original payment id|original transaction id|parent payment id|"
    "reference txn id",
    Field.VOIDED: "void|voided|is void|is voided|void date|voided on|voided at|date voided|"
    "deleted|is deleted|cancelled|canceled|is cancelled|is canceled|storniert|annulé|anulado",
    Field.DISPUTED: "disputed amount|dispute amount|chargeback amount",
    Field.UPDATED: "updated at|last modified|last modified time|modified on|updated",
}
VAGUE = {
    Field.CUSTOMER: {"customer", "client", "contact", "company", "account name", "bill to",
                     "display name", "company name", "name", "from"},
    Field.STATUS: {"paid", "paid?", "closed", "result", "outcome", "state"},
    Field.RECEIVED: {"deposited", "date deposited", "deposit date", "batch date"},
    Field.NUMBER: {"number", "no", "no.", "nr", "nr.", "num", "#", "document", "applied to"},
}  # fmt: skip
"""Names that give way to a plainer one: beside "Customer Name", "Customer" is an id."""
PLAINEST = {
    Field.AMOUNT: (Field.AMOUNT, Field.PAID_TOTAL, Field.SUM, Field.TOTAL),
    Field.TOTAL: (Field.TOTAL, Field.SUM),
    Field.RECEIVED: (Field.RECEIVED, Field.PAID_ON, Field.DATE),
    Field.ISSUED: (Field.ISSUED, Field.DATE),
    Field.PAID_TOTAL: (Field.PAID_TOTAL, Field.AMOUNT),
    Field.PAID_ON: (Field.PAID_ON, Field.RECEIVED),
}
"""Which names say most plainly what a column is, where several mean it in one kind of file."""


RATE = re.compile(r"\(?@? ?\d+(?:[.,]\d+)? ?%\)?")
"""The rate beside what was taxed by it: "GST (5%)" holds amounts, "Tax %" rates."""

TAXED = re.compile(
    r"\A(.+?) (inc|incl|including|inclusive|inkl|ex|exc|excl|excluding|exclusive|exkl|before|zzgl)"
    r"(?: of)?(?: (?:gst|hst|vat|tax|taxes|sales tax|mwst|ust|btw|iva|tva))?\Z"
)


@cache
def bare(name: str) -> str:
    """Return a name as it is compared: words only, in small letters."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    plain = re.sub(r"\((?:usd|cad|eur|gbp|aud|nzd|chf|utc|[^\w\s])\)|#", " ", plain)
    plain = re.sub(r"(?<=\w) +(?:usd|cad|eur|gbp|aud|nzd|chf)\s*$", "", plain)
    return " ".join(re.sub(r"[^\w]+|_", " ", plain).split())


@cache
def exact(name: str) -> str:
    """Return a name as layouts list it: small letters, one blank between words, no star."""
    plain = unicodedata.normalize("NFKC", name).casefold().replace("*", " ")
    return " ".join(plain.replace("\ufeff", " ").split())


MEANING: dict[str, Field] = {
    bare(name): meant for meant, names in WORDS.items() for name in names.split("|")
}


def meaning(name: str) -> Field | None:
    """Return what a column is by its name, None where the name does not tell."""
    if len(name) > 100:
        return None
    numbered = MEANING.get(bare(name.replace("#", " no "))) if "#" in name else None
    plain = bare(RATE.sub(" ", name)).removesuffix(" cents")
    found = numbered or MEANING.get(plain) or _with_tax(plain)
    return Field.CUSTOMER_ID if found == Field.CUSTOMER and "#" in name else found


def _with_tax(plain: str) -> Field | None:
    """Return what an amount is whose name says whether tax is in it: "Amount (incl. GST)"."""
    said = TAXED.match(plain)
    if said is None or MEANING.get(said[1]) not in {Field.SUM, Field.TOTAL}:
        return None
    return Field.TOTAL if said[2].startswith("in") else Field.SUBTOTAL


def is_vague(name: str, field: Field) -> bool:
    """Say whether a name gives way to a plainer one."""
    return bare(name) in VAGUE.get(field, ()) or exact(name) in VAGUE.get(field, ())
