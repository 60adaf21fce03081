// node-quickbooks, unmodified, drives a simulated company as its README shows; prints what it was told.
const { promisify } = require('util')
const QuickBooks = require('node-quickbooks')

const access = JSON.parse(process.argv[2])
// Its two addresses, which it takes from its class.
QuickBooks.V3_ENDPOINT_BASE_URL = access.api_url + '/company/'
QuickBooks.TOKEN_URL = access.token_url

const qbo = new QuickBooks(access.client_id, access.client_secret, access.access_token, false,
  access.realm_id, false, false, 75, '2.0', access.refresh_token)
const call = (name, ...given) => promisify(qbo[name].bind(qbo))(...given)
const refusal = (name, ...given) => call(name, ...given).then(() => null, error =>
  (error.Fault || error.response.data.Fault).Error[0].code)

async function drive () {
  const before = qbo.token
  await call('refreshAccessToken')
  const company = await call('getCompanyInfo', access.realm_id)
  const preferences = await call('getPreferences')
  const items = await call('findItems', { Type: 'Service', limit: 1 })
  const item = items.QueryResponse.Item[0]
  const customer = await call('createCustomer', { DisplayName: 'Ada Archer' })
  const again = await refusal('createCustomer', { DisplayName: 'Ada Archer' })
  const line = { Amount: 150, DetailType: 'SalesItemLineDetail', SalesItemLineDetail: { ItemRef: { value: item.Id } } }
  const draft = { CustomerRef: { value: customer.Id }, DocNumber: 'N-1', TxnDate: '2026-05-04', Line: [line] }
  const invoice = await call('createInvoice', draft)
  const noted = await call('updateInvoice', { Id: invoice.Id, SyncToken: invoice.SyncToken, sparse: true, PrivateNote: 'by node' })
  const stale = await refusal('updateInvoice', { Id: invoice.Id, SyncToken: '99', sparse: true, PrivateNote: 'no' })
  const pay = (amount) => ({
    CustomerRef: { value: customer.Id },
    TotalAmt: amount,
    Line: [{ Amount: amount, LinkedTxn: [{ TxnId: invoice.Id, TxnType: 'Invoice' }] }]
  })
  const payment = await call('createPayment', pay(70))
  const batch = await call('batch', [
    { bId: 'one', operation: 'create', Payment: pay(80) },
    { bId: 'two', operation: 'create', Customer: { DisplayName: 'Ada Archer' } }
  ])
  const read = await call('getInvoice', invoice.Id)
  const found = await call('findPayments', [{ field: 'CustomerRef', value: customer.Id }, { field: 'TotalAmt', value: 70 }])
  const count = await call('findInvoices', { DocNumber: 'N-1', count: true })
  const changes = await call('changeDataCapture', ['Payment'], new Date(Date.now() - 3600e3))
  const gone = await call('deletePayment', payment.Id)
  const after = await call('getInvoice', invoice.Id)
  return {
    renewed: Boolean(qbo.token) && Boolean(before),
    company: company.CompanyName,
    numbers: preferences.SalesFormsPrefs.CustomTxnNumbers,
    again,
    stale,
    note: noted.PrivateNote,
    items: batch.BatchItemResponse.map(each => [each.bId, each.Payment ? each.Payment.TotalAmt : each.Fault.Error[0].code]),
    balance: read.Balance,
    found: found.QueryResponse.Payment.map(each => each.TotalAmt),
    count: count.QueryResponse.totalCount,
    changed: changes.CDCResponse[0].QueryResponse[0].Payment.filter(each => each.CustomerRef.value === customer.Id).length,
    gone: gone.Payment ? gone.Payment.status : gone.status,
    after: after.Balance
  }
}

drive().then(told => console.log(JSON.stringify(told)), error => {
  console.error(error && error.response ? JSON.stringify(error.response.data) : error)
  process.exit(1)
})
