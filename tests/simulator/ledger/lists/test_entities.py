"""python-quickbooks drives every list entity: create, read, query, update, deactivate."""

from decimal import Decimal

import pytest
from quickbooks.exceptions import QuickbooksException
from quickbooks.objects.account import Account
from quickbooks.objects.base import Address, EmailAddress, PhoneNumber
from quickbooks.objects.company_info import CompanyInfo
from quickbooks.objects.customer import Customer
from quickbooks.objects.department import Department
from quickbooks.objects.employee import Employee
from quickbooks.objects.item import Item
from quickbooks.objects.paymentmethod import PaymentMethod
from quickbooks.objects.preferences import Preferences
from quickbooks.objects.taxcode import TaxCode
from quickbooks.objects.taxrate import TaxRate
from quickbooks.objects.taxservice import TaxRateDetails, TaxService
from quickbooks.objects.term import Term
from quickbooks.objects.trackingclass import Class
from quickbooks.objects.vendor import Vendor

from tests.simulator.client import connected


@pytest.fixture(scope="module")
def qb(shared_simulator):
    with connected(shared_simulator) as client:
        yield client


def reread(document, client):
    return type(document).get(document.Id, qb=client)


def deactivate(document, client):
    document.Active = False
    document.save(qb=client)
    return reread(document, client)


def test_customer(qb):
    customer = Customer()
    customer.Title, customer.GivenName, customer.FamilyName = "Ms", "Zoë", "Almeida"
    customer.DisplayName = "Almeida & Søn's"
    customer.Notes = "marker"
    customer.BillAddr = Address()
    customer.BillAddr.Line1, customer.BillAddr.City = "5 Quay", "Fresno"
    customer.PrimaryPhone = PhoneNumber()
    customer.PrimaryPhone.FreeFormNumber = "555-0100"
    customer.PrimaryEmailAddr = EmailAddress()
    customer.PrimaryEmailAddr.Address = "zoe@example.com"
    customer.save(qb=qb)

    read = reread(customer, qb)
    assert (read.DisplayName, read.FullyQualifiedName) == ("Almeida & Søn's", "Almeida & Søn's")
    assert (read.GivenName, read.Notes, read.Balance, read.SyncToken) == ("Zoë", "marker", 0, "0")
    assert (read.BillAddr.Line1, read.PrimaryEmailAddr.Address) == ("5 Quay", "zoe@example.com")
    found = Customer.filter(DisplayName="ALMEIDA & SØN'S", qb=qb)
    assert [c.Id for c in found] == [customer.Id]

    read.CompanyName = "Almeida Ltd"
    read.save(qb=qb)
    assert reread(read, qb).CompanyName == "Almeida Ltd"
    assert reread(read, qb).SyncToken == "1"
    assert reread(read, qb).Notes == "marker"

    gone = deactivate(reread(read, qb), qb)
    assert (gone.Active, gone.DisplayName) == (False, "Almeida & Søn's (deleted)")
    assert Customer.where(f"Id = '{gone.Id}'", qb=qb) == []
    assert len(Customer.where(f"Id = '{gone.Id}' AND Active IN (true, false)", qb=qb)) == 1


def test_customer_with_a_parent(qb):
    parent = Customer()
    parent.DisplayName = "Parent Co"
    parent.save(qb=qb)
    child = Customer()
    child.DisplayName, child.Job = "Unit 4", True
    child.ParentRef = reread(parent, qb).to_ref()
    child.save(qb=qb)
    read = reread(child, qb)
    assert (read.FullyQualifiedName, read.Level, read.Job) == ("Parent Co:Unit 4", 1, True)


def test_vendor(qb):
    vendor = Vendor()
    vendor.DisplayName = vendor.CompanyName = "Fuel & Co"
    vendor.save(qb=qb)
    read = reread(vendor, qb)
    assert (read.DisplayName, read.Balance, read.Vendor1099) == ("Fuel & Co", 0, False)
    read.AcctNum = "A-17"
    read.save(qb=qb)
    assert [v.AcctNum for v in Vendor.filter(DisplayName="Fuel & Co", qb=qb)] == ["A-17"]
    assert deactivate(reread(read, qb), qb).DisplayName == "Fuel & Co (deleted)"


def test_employee(qb):
    employee = Employee()
    employee.GivenName, employee.FamilyName = "Marta", "Quist"
    employee.save(qb=qb)
    read = reread(employee, qb)
    assert (read.DisplayName, read.BillableTime) == ("Marta Quist", False)
    read.EmployeeNumber = "12"
    read.save(qb=qb)
    assert [e.EmployeeNumber for e in Employee.filter(FamilyName="Quist", qb=qb)] == ["12"]
    assert deactivate(reread(read, qb), qb).DisplayName == "Marta Quist (deleted)"


@pytest.mark.parametrize("kind", ["Service", "NonInventory", "Inventory"])
def test_item(qb, kind):
    income = Account.where("AccountSubType = 'SalesOfProductIncome'", qb=qb)[0]
    item = Item()
    item.Name, item.Type, item.UnitPrice = f"Gutter {kind}", kind, Decimal("89.50")
    item.IncomeAccountRef = income.to_ref()
    if kind == "Inventory":
        item.ExpenseAccountRef = Account.where("AccountSubType = 'SuppliesMaterialsCogs'", qb=qb)[
            0
        ].to_ref()
        item.AssetAccountRef = Account.where("AccountSubType = 'Inventory'", qb=qb)[0].to_ref()
        item.TrackQtyOnHand, item.QtyOnHand, item.InvStartDate = True, 10, "2020-01-01"
    item.save(qb=qb)
    read = reread(item, qb)
    assert (read.Type, read.UnitPrice, read.Active) == (kind, Decimal("89.50"), True)
    assert read.IncomeAccountRef.name == "Sales of Product Income"
    read.Description = "Once a year"
    read.save(qb=qb)
    found = Item.filter(Name=f"Gutter {kind}", qb=qb)
    assert [i.Description for i in found] == ["Once a year"]
    assert item.Id in [i.Id for i in Item.all(max_results=1000, qb=qb)]
    assert deactivate(reread(read, qb), qb).Name == f"Gutter {kind} (deleted)"


def test_account(qb):
    account = Account()
    account.Name, account.AccountType, account.AccountSubType = "Petty", "Bank", "CashOnHand"
    account.save(qb=qb)
    read = reread(account, qb)
    assert (read.Classification, read.CurrentBalance) == ("Asset", 0)
    assert read.FullyQualifiedName == "Petty"
    read.Description = "In the till"
    read.save(qb=qb)
    assert [a.Description for a in Account.filter(Name="Petty", qb=qb)] == ["In the till"]
    assert deactivate(reread(read, qb), qb).Name == "Petty (deleted)"


def test_payment_method(qb):
    method = PaymentMethod()
    method.Name, method.Type = "Zelle", "NON_CREDIT_CARD"
    method.save(qb=qb)
    read = reread(method, qb)
    assert (read.Name, read.Type) == ("Zelle", "NON_CREDIT_CARD")
    read.Name = "Zelle transfer"
    read.save(qb=qb)
    assert [m.Id for m in PaymentMethod.filter(Name="Zelle transfer", qb=qb)] == [method.Id]
    assert deactivate(reread(read, qb), qb).Active is False


def test_term(qb):
    term = Term()
    term.Name, term.DueDays = "Net 45", 45
    term.save(qb=qb)
    read = reread(term, qb)
    assert (read.DueDays, read.Type) == (45, "STANDARD")
    read.DueDays = 50
    read.save(qb=qb)
    assert [t.DueDays for t in Term.filter(Name="Net 45", qb=qb)] == [50]
    assert deactivate(reread(read, qb), qb).Active is False


@pytest.mark.parametrize("kind", [Class, Department])
def test_class_and_department(qb, kind):
    document = kind()
    document.Name = "Southside"
    document.save(qb=qb)
    read = reread(document, qb)
    assert (read.Name, read.FullyQualifiedName) == ("Southside", "Southside")
    read.Name = "South"
    read.save(qb=qb)
    assert [d.Id for d in kind.filter(Name="South", qb=qb)] == [document.Id]
    assert deactivate(reread(read, qb), qb).Active is False


def test_tax_code_and_rate(qb):
    service = TaxService()
    service.TaxCode = "Clovis"
    detail = TaxRateDetails()
    detail.TaxRateName, detail.RateValue, detail.TaxAgencyId = "Clovis", Decimal("8.35"), 1
    service.TaxRateDetails.append(detail)
    made = service.save(qb=qb)
    assert made.TaxCode == "Clovis"
    code = next(c for c in TaxCode.all(max_results=1000, qb=qb) if c.Name == "Clovis")
    rate_id = code.SalesTaxRateList.TaxRateDetail[0].TaxRateRef.value
    assert TaxRate.get(rate_id, qb=qb).RateValue == Decimal("8.35")
    assert TaxCode.get("NON", qb=qb).Taxable is False
    assert len(TaxRate.all(qb=qb)) == 4


def test_tax_code_cannot_be_created_directly(qb):
    with pytest.raises(QuickbooksException) as caught:
        qb.create_object("TaxCode", '{"Name": "Direct"}')
    assert caught.value.error_code == 500


def test_company_info(qb):
    company = CompanyInfo.all(qb=qb)[0]
    assert company.CompanyName == "Riverside LLC"
    assert CompanyInfo.get(qb.company_id, qb=qb).Id == "1"
    company.LegalName = "Riverside Field Services LLC"
    company.save(qb=qb)
    assert CompanyInfo.get(1, qb=qb).LegalName == "Riverside Field Services LLC"


def test_preferences(qb):
    preferences = Preferences.get(qb=qb)
    assert preferences.Id == "1"
    assert preferences.AccountingInfoPrefs.TaxYearMonth == "January"
    assert preferences.SalesFormsPrefs.CustomTxnNumbers is True
    assert preferences.CurrencyPrefs.HomeCurrency.value == "USD"
    preferences.EmailMessagesPrefs.EstimateMessage.Subject = "Hello"
    preferences.save(qb=qb)
    again = Preferences.get(qb=qb)
    assert again.EmailMessagesPrefs.EstimateMessage.Subject == "Hello"
    assert again.SalesFormsPrefs.CustomTxnNumbers is True
    assert not again.AccountingInfoPrefs.BookCloseDate
