"""Which properties QuickBooks knows on each entity and sub-entity, as a table.

`name:code` where the code is s (text; a number is its greatest length), d decimal, i whole number,
b boolean, t date, T time, x anything, (A|B) one of, R(Kind) a reference, {Type} an object, [Type]
a list. A trailing ! means read-only: what a client sends there is ignored. Names and types are
those of Intuit's published schema; lengths those of its reference.
"""

COMMON = """Id:s SyncToken:s MetaData:{MetaData}! CustomField:[CustomField]
AttachableRef:[AttachableRef] domain:s! status:s! sparse:b"""

NAME = """IntuitId:s Organization:b Title:s16 GivenName:s100 MiddleName:s100 FamilyName:s100
Suffix:s16 FullyQualifiedName:s! CompanyName:s100 DisplayName:s500 PrintOnCheckName:s110 UserId:s
Active:b V4IDPseudonym:s! PrimaryPhone:{Phone} AlternatePhone:{Phone} Mobile:{Phone} Fax:{Phone}
PrimaryEmailAddr:{Email} WebAddr:{Web} OtherContactInfo:[ContactInfo]
DefaultTaxCodeRef:R(TaxCode)"""

TXN = """DocNumber:s21 TxnDate:t DepartmentRef:R(Department) CurrencyRef:R(CompanyCurrency)
ExchangeRate:d PrivateNote:s4000 TxnStatus:s! LinkedTxn:[LinkedTxn]! Line:[Line]
TxnTaxDetail:{TxnTaxDetail} TxnSource:s TaxFormType:s TaxFormNum:s TransactionLocationType:s
Tag:[Tag] TxnApprovalInfo:x RecurDataRef:R RecurringInfo:x ProjectRef:R TotalCostAmount:d!
HomeTotalCostAmount:d!"""

SALES = """AutoDocNumber:b CustomerRef:R(Customer) CustomerMemo:{Memo} BillAddr:{Address}
ShipAddr:{Address} FreeFormAddress:b ShipFromAddr:{Address} RemitToRef:R ClassRef:R(Class)
SalesTermRef:R(Term) DueDate:t SalesRepRef:R PONumber:s FOB:s ShipMethodRef:R ShipDate:t
TrackingNum:s GlobalTaxCalculation:(TaxInclusive|TaxExcluded|NotApplicable) TotalAmt:d!
HomeTotalAmt:d! ApplyTaxAfterDiscount:b ShippingTaxIncludedInTotalTax:b TemplateRef:R
PrintStatus:(NotSet|NeedToPrint|PrintComplete) EmailStatus:(NotSet|NeedToSend|EmailSent)
BillEmail:{Email} BillEmailCc:{Email} BillEmailBcc:{Email} ARAccountRef:R(Account) Balance:d!
HomeBalance:d! FinanceCharge:b PaymentMethodRef:R(PaymentMethod) PaymentRefNum:s100
PaymentType:(Cash|Check|CreditCard|Expense|Other) CheckPayment:{CheckPayment}
CreditCardPayment:{CreditCardPayment} DepositToAccountRef:R(Account) DeliveryInfo:{DeliveryInfo}
DiscountRate:d DiscountAmt:d GovtTxnRefIdentifier:s TaxExemptionRef:R LessCIS:d"""

TYPES = {
    "MetaData": """CreatedByRef:R CreateTime:T LastModifiedByRef:R LastUpdatedTime:T
        LastChangedInQB:T Synchronized:b""",
    "CustomField": """DefinitionId:s Name:s Type:(StringType|BooleanType|NumberType|DateType)
        StringValue:s31 BooleanValue:b DateValue:t NumberValue:d""",
    "AttachableRef": """EntityRef:R LineInfo:s IncludeOnSend:b Inactive:b NoRefOnly:b
        CustomField:[CustomField] AttachableRefEx:x""",
    "Address": """Id:s Line1:s500 Line2:s500 Line3:s500 Line4:s500 Line5:s500 City:s255
        Country:s255
        CountryCode:s County:s CountrySubDivisionCode:s255 PostalCode:s30 PostalCodeSuffix:s Lat:s!
        Long:s! Tag:s Note:s""",
    "Phone": """Id:s! DeviceType:s CountryCode:s AreaCode:s ExchangeCode:s Extension:s
        FreeFormNumber:s30 Default:b Tag:s""",
    "Email": "Id:s! Address:s100 Default:b Tag:s",
    "Web": "Id:s! URI:s1000 Default:b Tag:s",
    "ContactInfo": "Type:s Telephone:{Phone} Email:{Email} WebSite:{Web} OtherContact:x",
    "Memo": "value:s1000 id:s",
    "Tag": "Id:s SyncToken:s MetaData:{MetaData}! Name:s domain:s sparse:b",
    "LinkedTxn": "TxnId:s TxnType:s TxnLineId:s",
    "CheckPayment": """CheckNum:s Status:s NameOnAcct:s AcctNum:s BankName:s
        CheckPaymentEx:x""",
    "CreditCardPayment": "CreditChargeInfo:x CreditChargeResponse:x",
    "DeliveryInfo": "DeliveryType:s DeliveryTime:T DeliveryErrorType:s",
    "MarkupInfo": "PercentBased:b Value:d Percent:d PriceLevelRef:R MarkUpIncomeAccountRef:R",
    "TxnTaxDetail": """DefaultTaxCodeRef:R(TaxCode) TxnTaxCodeRef:R(TaxCode) TotalTax:d
        TaxReviewStatus:s TaxLine:[Line] UseAutomatedSalesTax:b""",
    "Line": """Id:s LineNum:i Description:s4000 Amount:d Received:d LinkedTxn:[LinkedTxn]
        DetailType:(PaymentLineDetail|DiscountLineDetail|TaxLineDetail|SalesItemLineDetail|ItemBasedExpenseLineDetail|AccountBasedExpenseLineDetail|DepositLineDetail|PurchaseOrderItemLineDetail|ItemReceiptLineDetail|JournalEntryLineDetail|GroupLineDetail|DescriptionOnly|SubTotalLineDetail|SalesOrderItemLineDetail|TDSLineDetail|ReimburseLineDetail|ItemAdjustmentLineDetail)
        PaymentLineDetail:x DiscountLineDetail:{DiscountLineDetail} TaxLineDetail:{TaxLineDetail}
        SalesItemLineDetail:{SalesItemLineDetail} DescriptionLineDetail:{DescriptionLineDetail}
        ItemBasedExpenseLineDetail:{ItemBasedExpenseLineDetail}
        AccountBasedExpenseLineDetail:{AccountBasedExpenseLineDetail} ReimburseLineDetail:x
        DepositLineDetail:{DepositLineDetail} PurchaseOrderItemLineDetail:x
        SalesOrderItemLineDetail:x ItemReceiptLineDetail:x
        JournalEntryLineDetail:{JournalEntryLineDetail} GroupLineDetail:{GroupLineDetail}
        SubTotalLineDetail:{SubTotalLineDetail} TDSLineDetail:x ItemAdjustmentLineDetail:x
        CustomField:[CustomField] LineEx:x! CustomExtensions:x ProjectRef:R CostAmount:d
        HomeCostAmount:d""",
    "SalesItemLineDetail": """ItemRef:R(Item) ClassRef:R(Class) UnitPrice:d UnitCostPrice:d
        RatePercent:d PriceLevelRef:R MarkupInfo:{MarkupInfo} Qty:d UOMRef:x
        ItemAccountRef:R(Account) InventorySiteRef:R TaxCodeRef:R(TaxCode)
        TaxClassificationRef:R ServiceDate:t
        TaxInclusiveAmt:d DiscountRate:d DiscountAmt:d DeferredRevenue:b
        SalesItemLineDetailEx:x""",
    "DiscountLineDetail": """DiscountRef:R PercentBased:b DiscountPercent:d Discount:x
        DiscountAccountRef:R(Account) ServiceDate:t ClassRef:R(Class) TaxCodeRef:R(TaxCode)
        DiscountLineDetailEx:x""",
    "TaxLineDetail": """TaxRateRef:R(TaxRate) PercentBased:b TaxPercent:d NetAmountTaxable:d
        TaxInclusiveAmount:d OverrideDeltaAmount:d ServiceDate:t TaxLineDetailEx:x""",
    "DescriptionLineDetail": "ServiceDate:t TaxCodeRef:R(TaxCode) DescriptionLineDetailEx:x",
    "GroupLineDetail": """GroupItemRef:R(Item) Quantity:d UOMRef:x ServiceDate:t Line:[Line]
        GroupLineDetailEx:x""",
    "SubTotalLineDetail": "ItemRef:R ServiceDate:t",
    "DepositLineDetail": """Entity:R ClassRef:R(Class) AccountRef:R(Account)
        PaymentMethodRef:R(PaymentMethod) CheckNum:s TxnType:s TaxCodeRef:R(TaxCode)
        TaxApplicableOn:s DepositLineDetailEx:x""",
    "AccountBasedExpenseLineDetail": """CustomerRef:R(Customer) ClassRef:R(Class)
        AccountRef:R(Account) BillableStatus:(Billable|NotBillable|HasBeenBilled)
        MarkupInfo:{MarkupInfo} TaxAmount:d TaxCodeRef:R(TaxCode) TaxInclusiveAmt:d
        ExpenseDetailLineDetailEx:x""",
    "ItemBasedExpenseLineDetail": """ItemRef:R(Item) ClassRef:R(Class) UnitPrice:d
        UnitCostPrice:d RatePercent:d PriceLevelRef:R MarkupInfo:{MarkupInfo} Qty:d UOMRef:x
        ItemAccountRef:R(Account) InventorySiteRef:R TaxCodeRef:R(TaxCode) TaxClassificationRef:R
        CustomerRef:R(Customer) BillableStatus:(Billable|NotBillable|HasBeenBilled)
        TaxInclusiveAmt:d ItemBasedExpenseLineDetailEx:x""",
    "JournalEntryLineDetail": """PostingType:(Credit|Debit) Entity:{EntityTypeRef}
        AccountRef:R(Account) ClassRef:R(Class) DepartmentRef:R(Department) TaxCodeRef:R(TaxCode)
        TaxRateRef:R TaxApplicableOn:s TaxAmount:d TaxInclusiveAmt:d BillableStatus:s
        JournalCodeRef:R JournalEntryLineDetailEx:x""",
    "EntityTypeRef": "Type:(Customer|Vendor|Employee|Job|Other) EntityRef:R",
    "CashBack": "AccountRef:R(Account) Amount:d Memo:s",
    "Preference": "",
}

ENTITIES = {
    "Customer": f"""{NAME} Taxable:b BillAddr:{{Address}} ShipAddr:{{Address}} OtherAddr:[Address]
        ContactName:s AltContactName:s Notes:s2000 Job:b BillWithParent:b RootCustomerRef:R!
        ParentRef:R(Customer) Level:i! CustomerTypeRef:R SalesTermRef:R(Term) SalesRepRef:R
        TaxGroupCodeRef:R TaxRateRef:R PaymentMethodRef:R(PaymentMethod) CCDetail:x PriceLevelRef:R
        Balance:d! OpenBalanceDate:t BalanceWithJobs:d! CreditLimit:d AcctNum:s
        CurrencyRef:R(CompanyCurrency) OverDueBalance:d! TotalRevenue:d! TotalExpense:d!
        PreferredDeliveryMethod:s ResaleNum:s16 JobInfo:x TDSEnabled:b CustomerEx:x
        SecondaryTaxIdentifier:s ARAccountRef:R(Account) PrimaryTaxIdentifier:s
        TaxExemptionReasonId:s IsProject:b BusinessNumber:s GSTIN:s GSTRegistrationType:s
        IsCISContractor:b ClientCompanyId:s ClientEntityId:s Source:s TaxRegime:s""",
    "Vendor": f"""{NAME} ContactName:s AltContactName:s Notes:s4000 BillAddr:{{Address}}
        ShipAddr:{{Address}} OtherAddr:[Address] TaxCountry:s TaxIdentifier:s20
        TaxIdEffectiveDate:t BusinessNumber:s ParentRef:R VendorTypeRef:R TermRef:R(Term)
        PrefillAccountRef:R Balance:d! BillRate:d OpenBalanceDate:t CreditLimit:d AcctNum:s100
        Vendor1099:b T4AEligible:b T5018Eligible:b CurrencyRef:R(CompanyCurrency) TDSEnabled:b
        TDSEntityTypeId:i TDSSectionTypeId:i TDSOverrideThreshold:b TaxReportingBasis:s
        APAccountRef:R(Account) VendorEx:x GSTIN:s GSTRegistrationType:s IsSubContractor:b
        SubcontractorType:s CISRate:s HasTPAR:b VendorPaymentBankDetail:x Source:s CostRate:d""",
    "Employee": f"""{NAME} EmployeeType:s EmployeeNumber:s100 SSN:s100 PrimaryAddr:{{Address}}
        OtherAddr:[Address] BillableTime:b BillRate:d BirthDate:t Gender:s HiredDate:t
        ReleasedDate:t UseTimeEntry:s EmployeeEx:x CostRate:d Notes:s""",
    "Item": """Name:s100 Sku:s100 Description:s4000 Active:b SubItem:b ParentRef:R(Item) Level:i!
        FullyQualifiedName:s! Taxable:b SalesTaxIncluded:b PercentBased:b UnitPrice:d RatePercent:d
        Type:(Assembly|Category|Group|Inventory|NonInventory|Service|Bundle)
        PaymentMethodRef:R(PaymentMethod) UOMSetRef:R IncomeAccountRef:R(Account) PurchaseDesc:s1000
        PurchaseTaxIncluded:b PurchaseCost:d ExpenseAccountRef:R(Account) COGSAccountRef:R(Account)
        AssetAccountRef:R(Account) PrefVendorRef:R(Vendor) AvgCost:d TrackQtyOnHand:b QtyOnHand:d
        QtyOnPurchaseOrder:d! QtyOnSalesOrder:d! ReorderPoint:d ManPartNum:s
        DepositToAccountRef:R(Account) SalesTaxCodeRef:R(TaxCode) PurchaseTaxCodeRef:R(TaxCode)
        InvStartDate:t BuildPoint:d PrintGroupedItems:b SpecialItem:b SpecialItemType:s
        ItemGroupDetail:x ItemAssemblyDetail:x AbatementRate:d ReverseChargeRate:d ServiceType:s
        ItemCategoryType:s ItemEx:x TaxClassificationRef:R UQCDisplayText:s UQCId:s
        ClassRef:R(Class) Source:s DeferredRevenue:b""",
    "Account": """Name:s100 SubAccount:b ParentRef:R(Account) Description:s100 FullyQualifiedName:s!
        AccountAlias:s TxnLocationType:s Active:b
        Classification:(Asset|Equity|Expense|Liability|Revenue)! AccountType:s AccountSubType:s
        AccountPurposes:x AcctNum:s20 AcctNumExtn:s BankNum:s OpeningBalance:d
        OpeningBalanceDate:t
        CurrentBalance:d! CurrentBalanceWithSubAccounts:d! CurrencyRef:R(CompanyCurrency)
        TaxAccount:b TaxCodeRef:R(TaxCode) OnlineBankingEnabled:b FIName:s JournalCodeRef:R
        AccountEx:x""",
    "PaymentMethod": "Name:s31 Active:b Type:(CREDIT_CARD|NON_CREDIT_CARD) PaymentMethodEx:x",
    "Term": """Name:s31 Active:b Type:s! DiscountPercent:d DueDays:i DiscountDays:i DayOfMonthDue:i
        DueNextMonthDays:i DiscountDayOfMonth:i SalesTermEx:x""",
    "Class": """Name:s100 SubClass:b ParentRef:R(Class) FullyQualifiedName:s! Active:b
        ClassEx:x""",
    "Department": """Name:s100 SubDepartment:b ParentRef:R(Department) FullyQualifiedName:s!
        Active:b DepartmentEx:x Address:{Address}""",
    "TaxCode": """Name:s100 Description:s Active:b Hidden:b Taxable:b TaxGroup:b SalesTaxRateList:x
        PurchaseTaxRateList:x AdjustmentTaxRateList:x TaxCodeEx:x TaxCodeConfigType:s""",
    "TaxRate": """Name:s Description:s Active:b RateValue:d AgencyRef:R TaxReturnLineRef:R
        EffectiveTaxRate:x SpecialTaxType:s DisplayType:s TaxRateEx:x OriginalTaxRate:R""",
    "TaxAgency": """DisplayName:s100 TaxRegistrationNumber:s TaxTrackedOnPurchases:b
        TaxTrackedOnSales:b LastFileDate:t TaxAgencyConfig:s""",
    "CompanyCurrency": "Code:s3 Name:s Active:b",
    "ExchangeRate": "SourceCurrencyCode:s3 TargetCurrencyCode:s3 Rate:d AsOfDate:t",
    "CompanyInfo": """CompanyName:s1024 LegalName:s1024 CompanyAddr:{Address}
        CustomerCommunicationAddr:{Address} LegalAddr:{Address} CompanyEmailAddr:{Email}
        CustomerCommunicationEmailAddr:{Email} CompanyURL:{Web} PrimaryPhone:{Phone}
        OtherContactInfo:[ContactInfo] CompanyFileName:s FlavorStratum:s SampleFile:b
        CompanyUserId:s CompanyUserAdminEmail:s CompanyStartDate:s! EmployerId:s
        FiscalYearStartMonth:s TaxYearStartMonth:s QBVersion:s Country:s! ShipAddr:{Address}
        OtherAddr:[Address] Mobile:{Phone} Fax:{Phone} Email:{Email} WebAddr:{Web}
        LastImportedTime:T LastSyncTime:T SupportedLanguages:s! DefaultTimeZone:s
        MultiByteCharsSupported:b NameValue:x! FifoCalculationStatus:x CompanyInfoEx:x""",
    "Preferences": """AccountingInfoPrefs:x AdvancedInventoryPrefs:x ProductAndServicesPrefs:x
        SalesFormsPrefs:x EmailMessagesPrefs:x PrintDocumentPrefs:x VendorAndPurchasesPrefs:x
        TimeTrackingPrefs:x TaxPrefs:x FinanceChargesPrefs:x CurrencyPrefs:x ReportPrefs:x
        OtherPrefs:x""",
    "Invoice": f"""{TXN} {SALES} Deposit:d AllowIPNPayment:b AllowOnlinePayment:b
        AllowOnlineCreditCardPayment:b AllowOnlineACHPayment:b AllowOnlinePayPalPayment:b
        EInvoiceStatus:s ECloudStatusTimeStamp:T CfdiUse:i Exportation:s GlobalInfo:x
        invoiceStatus:s! callToAction:s! invoiceStatusLog:x! InvoiceEx:x InvoiceLink:s!
        PaymentDetailsMessage:s ConvenienceFeeDetail:x InvoiceLinkSecurityCode:s
        InvoiceLinkExpiryDate:t AutoPayEligible:b SchedulePayEligible:b ScheduledPaymentId:s
        GratuityEnabled:b FinancingProductType:s SubscriptionPaymentsSetting:s""",
    "SalesReceipt": f"{TXN} {SALES} SalesReceiptEx:x",
    "CreditMemo": f"{TXN} {SALES} RemainingCredit:d! InvoiceRef:R(Invoice) CreditMemoEx:x",
    "RefundReceipt": f"{TXN} {SALES} RemainingCredit:d! RefundReceiptEx:x",
    "Payment": f"""{TXN} CustomerRef:R(Customer) RemitToRef:R ARAccountRef:R(Account)
        DepositToAccountRef:R(Account) PaymentMethodRef:R(PaymentMethod) PaymentRefNum:s21
        PaymentType:s CheckPayment:{{CheckPayment}} CreditCardPayment:{{CreditCardPayment}}
        TotalAmt:d UnappliedAmt:d! ProcessPayment:b TaxExemptionRef:R PaymentEx:x""",
    "Deposit": f"""{TXN} DepositToAccountRef:R(Account) CashBack:{{CashBack}}
        GlobalTaxCalculation:s TotalAmt:d! HomeTotalAmt:d! DepositEx:x""",
    "Purchase": f"""{TXN} AccountRef:R(Account) PaymentMethodRef:R(PaymentMethod) PaymentRefNum:s
        PaymentType:(Cash|Check|CreditCard) CheckPayment:{{CheckPayment}}
        CreditCardPayment:{{CreditCardPayment}} EntityRef:R Credit:b RemitToAddr:{{Address}}
        TotalAmt:d! Memo:s PrintStatus:(NotSet|NeedToPrint|PrintComplete) GlobalTaxCalculation:s
        PurchaseEx:x LessCIS:d IncludeInAnnualTPAR:b""",
    "JournalEntry": f"""{TXN} Adjustment:b HomeCurrencyAdjustment:b EnteredInHomeCurrency:b
        GlobalTaxCalculation:s TotalAmt:d! HomeTotalAmt:d! JournalEntryEx:x""",
}
