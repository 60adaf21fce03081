"""What a newly made company consists of: accounts, lists, names."""

from decimal import Decimal
from typing import Any

ACCOUNTS = """
1|Services|Income|ServiceFeeIncome
2|Retained Earnings|Equity|RetainedEarnings
3|Prepaid Expenses|Other Current Asset|PrepaidExpenses
4|Undeposited Funds|Other Current Asset|UndepositedFunds
5|Fees Billed|Income|ServiceFeeIncome
6|Late Fee Income|Income|ServiceFeeIncome
7|Advertising|Expense|AdvertisingPromotional
8|Bank Charges|Expense|BankCharges
9|Card Processing Fees|Expense|BankCharges
10|Dues and Subscriptions|Expense|DuesSubscriptions
11|Equipment Rental|Expense|EquipmentRental
12|Insurance|Expense|Insurance
13|Meals|Expense|EntertainmentMeals
15|Office Expenses|Expense|OfficeGeneralAdministrativeExpenses
17|Rent or Lease|Expense|RentOrLeaseOfBuildings
20|Supplies|Expense|SuppliesMaterials
21|Taxes and Licenses|Expense|TaxesPaid
22|Travel|Expense|Travel
24|Utilities|Expense|Utilities
25|Interest Earned|Other Income|InterestEarned
28|Disposal Fees|Expense|OtherMiscellaneousServiceCost
29|Uncategorized Income|Income|ServiceFeeIncome
31|Uncategorized Expense|Expense|OtherMiscellaneousServiceCost
32|Uncategorized Asset|Other Current Asset|OtherCurrentAssets
33|Accounts Payable (A/P)|Accounts Payable|AccountsPayable
34|Opening Balance Equity|Equity|OpeningBalanceEquity
35|Checking|Bank|Checking
36|Savings|Bank|Savings
37|Truck|Fixed Asset|Vehicles
41|Mastercard|Credit Card|CreditCard
42|Visa|Credit Card|CreditCard
43|Loan Payable|Other Current Liability|LoanPayable
44|Notes Payable|Long Term Liability|NotesPayable
45|Cleaning Income|Income|ServiceFeeIncome
46|Hauling Income|Income|ServiceFeeIncome
47|Lawn Care Income|Income|ServiceFeeIncome
48|Tips Received|Income|OtherPrimaryIncome
56|Fuel|Expense|Auto
59|Cost of Labor|Cost of Goods Sold|CostOfLaborCos
69|Legal and Professional Fees|Expense|LegalProfessionalFees
76|Equipment Repairs|Expense|RepairMaintenance
79|Sales of Product Income|Income|SalesOfProductIncome
80|Cost of Goods Sold|Cost of Goods Sold|SuppliesMaterialsCogs
81|Inventory Asset|Other Current Asset|Inventory
84|Accounts Receivable (A/R)|Accounts Receivable|AccountsReceivable
85|Customer Prepayments|Other Current Liability|OtherCurrentLiabilities
86|Discounts Given|Income|DiscountsRefundsGiven
89|Sales Tax Payable|Other Current Liability|SalesTaxPayable
91|Billable Expense Income|Income|ServiceFeeIncome
"""

# id | name | type | price | income account | taxable | expense account
ITEMS = """
1|Services|Service|0|1|no|
2|Hours|Service|65|1|no|
3|Aeration|Service|120|47|no|
4|Deep Clean|Service|240|45|no|
5|Standard Clean|Service|145|45|no|
6|Window Cleaning|Service|95|45|no|
7|Carpet Cleaning|Service|180|45|no|
8|Junk Haul, Half Truck|Service|275|46|no|
9|Junk Haul, Full Truck|Service|495|46|no|
10|Donation Pick-up|Service|85|46|no|
11|Mowing|Service|55|47|no|
12|Hedge Trimming|Service|90|47|no|
13|Disposal Fee|NonInventory|45|5|yes|28
14|Trip Charge|Service|35|5|no|
15|Tip|Service|0|48|no|
16|Late Fee|Service|25|6|no|
17|Cleaning Supplies|NonInventory|18.5|79|yes|20
18|Grass Seed, 20 lb|Inventory|54.95|79|yes|80
19|Fertilizer, 40 lb|Inventory|38.5|79|yes|80
20|Mulch, cubic yard|Inventory|62|79|yes|80
"""

# What every entry of a long list is like, and what its name goes into.
ONE_OF_MANY_ITEMS: dict[str, Any] = {
    "Type": "Service",
    "Active": True,
    "UnitPrice": Decimal(10),
    "Taxable": False,
    "IncomeAccountRef": {"value": "45", "name": "Cleaning Income"},
}
ONE_OF_MANY_CUSTOMERS: dict[str, Any] = {"Active": True, "Taxable": True, "Balance": Decimal(0)}
NAMED = {
    "Item": {"Name": "{}", "FullyQualifiedName": "{}"},
    "Customer": {"DisplayName": "{}", "FullyQualifiedName": "{}", "PrintOnCheckName": "{}"},
}

METHODS = """
1|Cash|NON_CREDIT_CARD
2|Check|NON_CREDIT_CARD
3|Visa|CREDIT_CARD
4|MasterCard|CREDIT_CARD
5|Discover|CREDIT_CARD
6|American Express|CREDIT_CARD
7|ACH|NON_CREDIT_CARD
8|Credit Card|CREDIT_CARD
"""

TERMS = (("1", "Due on receipt", 0), ("2", "Net 15", 15), ("3", "Net 30", 30), ("4", "Net 60", 60))
CLASSES = ("Cleaning", "Hauling", "Lawn Care")
DEPARTMENTS = ("Downtown", "Eastside", "Northgate")

CUSTOMERS = (
    "Abbott Grove HOA",
    "Alder & Finch Dental",
    "Bayview Property Group",
    "Benson, Carla",
    "Birchwood Apartments",
    "Café Lumière",
    "Castellanos, Iván",
    "Cedar Street Books",
    "Chen, Wei",
    "Corner Lot Realty",
    "D'Angelo Bakery",
    "Dunmore Storage",
    "Eastgate Vet Clinic",
    "Ellison, Ruth",
    "Fairhaven School",
    "Fitzgerald, Owen",
    "Garza, Lucia",
    "Greenleaf Yoga",
    "Hargrove Law Office",
    "Hollis, Peter",
    "Ibarra Construction",
    "Juniper Court Condos",
    "Kowalski, Ewa",
    "Lakeside Rowing Club",
    "Müller, Anke",
    "Nakamura Gallery",
    "O'Brien, Siobhan",
    "Parkside Daycare",
    "Quarry Road Brewing",
    "Ramsey, Tom",
    "Santos, Beatriz",
    "Thornton Hardware",
    "Underhill Farm",
    "Vasquez, Diego",
    "Whitfield, June",
    "Yardley Senior Living",
)
SUB_CUSTOMERS = {
    "Bayview Property Group": ("14 Harbor Lane", "22 Harbor Lane", "Pier Offices"),
    "Birchwood Apartments": ("Building A", "Building B"),
    "Corner Lot Realty": ("905 Maple Ave", "1210 Pine St"),
    "Yardley Senior Living": ("East Wing",),
}
VENDORS = ("City Landfill", "Cutler Fuel", "Harmon Insurance", "Prairie Supply", "Tidy Wholesale")
EMPLOYEES = (("Dana", "Brooks"), ("Marco", "Silva"), ("Priya", "Nair"))
STREETS = ("Birch St", "Canal Rd", "Elm Ave", "Foundry Ln", "Grant St", "Harbor Ln", "Orchard Way")
CITIES = {
    "US": (("Fresno", "CA", "93701"), ("Tucson", "AZ", "85701"), ("Modesto", "CA", "95350")),
    "CA": (("Vancouver", "BC", "V5K 0A1"), ("Toronto", "ON", "M5H 2N2")),
    "IE": (("Dublin", "D", "D01 F5P2"), ("Cork", "CO", "T12 W8KP")),
}
FIRST = ("Ada", "Ben", "Cleo", "Dev", "Esme", "Farid", "Gwen", "Hugo", "Inês", "Jonas", "Kira")
LAST = ("Archer", "Boyd", "Cruz", "Dietz", "Ekman", "Frost", "Gupta", "Haas", "Ito", "Jansen")
TRADES = ("Bakery", "Clinic", "Dental", "Farms", "Gallery", "Realty", "School", "Storage", "Towers")

Tax = tuple[str, str, str, str, tuple[tuple[str, str, str, str], ...]]

# tax code id | name | description | state for automatic tax | rates as id:name:percent:agency
US_TAXES: tuple[Tax, ...] = (
    ("2", "California", "California sales tax", "CA", (("3", "California", "8", "1"),)),
    (
        "3",
        "Tucson",
        "Tucson, Arizona",
        "AZ",
        (("1", "AZ State tax", "7.1", "2"), ("2", "Tucson City", "2", "2")),
    ),
)
MORE_US_TAXES: tuple[Tax, ...] = (
    ("4", "Modesto", "Modesto, California", "", (("4", "Modesto district", "7.875", "1"),)),
    ("5", "Resale", "Exempt for resale", "", (("5", "Zero rate", "0", "1"),)),
)
CANADA_TAXES: tuple[Tax, ...] = (
    ("2", "GST", "Goods and services tax", "", (("3", "GST", "5", "1"),)),
    (
        "3",
        "GST/PST BC",
        "GST and BC provincial tax",
        "",
        (("3", "GST", "5", "1"), ("4", "PST BC", "7", "2")),
    ),
    ("4", "HST ON", "Ontario harmonized tax", "", (("5", "HST ON", "13", "1"),)),
    ("5", "Exempt", "No tax", "", ()),
    ("6", "Zero-rated", "Zero-rated", "", (("6", "GST zero", "0", "1"),)),
)
EUROPE_TAXES: tuple[Tax, ...] = (
    ("2", "Exempt", "No VAT", "", ()),
    ("3", "23.0% S", "Standard rate", "", (("3", "23.0% S", "23", "1"),)),
    ("4", "13.5% R", "Reduced rate", "", (("4", "13.5% R", "13.5", "1"),)),
    ("5", "0.0% Z", "Zero rate", "", (("5", "0.0% Z", "0", "1"),)),
)
TAXES = {"US": US_TAXES, "CA": CANADA_TAXES, "IE": EUROPE_TAXES}
AGENCIES = {
    "US": (("1", "Board of Equalization"), ("2", "Arizona Dept. of Revenue")),
    "CA": (("1", "Receiver General"), ("2", "BC Minister of Finance")),
    "IE": (("1", "Revenue Commissioners"),),
}
CURRENCY_RATES = {
    "USD": (("CAD", "0.73"), ("EUR", "1.09"), ("GBP", "1.27")),
    "CAD": (("USD", "1.36"), ("EUR", "1.48"), ("GBP", "1.72")),
}
