"""Django's stock admin with its list of payments, as few lines as the tutorial has it."""

from django.contrib import admin
from django.urls import path

from sync.models import Customer, Invoice, Payment

site = admin.AdminSite()


class PaymentAdmin(admin.ModelAdmin):
    list_display = ["received_on", "customer", "invoice", "method", "amount"]
    list_select_related = ["customer", "invoice"]
    list_filter = ["received_on"]
    search_fields = ["customer__display_name", "invoice__number"]


site.register(Payment, PaymentAdmin)
site.register(Invoice)
site.register(Customer)
urlpatterns = [path("stock/", site.urls)]
