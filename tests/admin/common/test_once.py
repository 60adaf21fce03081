"""A form acts once: what is sent again, by somebody else, or without its token does nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Role
from sync.models import Invoice, Payment, Refund, UsedForm, used_forms
from sync.models.used_forms import FIELD, new_token
from tests.admin.conftest import messages_of, settle
from tests.admin.documents.test_documents import payment_data, refund_data
from tests.form_client import tokens_in

ADD = "/admin/sync/refund/add/"
PAYMENT = "/admin/sync/payment/add/"


@pytest.fixture
def deposit(part_paid):
    return part_paid.payments.get(amount=Decimal("70.00"))


def token_on(client, page):
    return tokens_in(client.get(page).content.decode(), page)[page]


def test_back_and_save_stores_a_refund_once(accountant, deposit):
    data = {**refund_data(deposit), FIELD: token_on(accountant, ADD)}
    assert accountant.post(ADD, data).status_code == 302
    again = accountant.post(ADD, data, headers={"referer": f"http://testserver{ADD}"})
    refund = Refund.objects.get()
    page = again.content.decode()
    assert again.status_code == 409
    assert again.context["link"] == f"/admin/sync/refund/{refund.pk}/change/"
    assert f'href="{again.context["link"]}"' in page
    assert "done once. Nothing was done a second time." in page
    assert "was added successfully" in page
    assert "<a href" not in again.context["used"].words
    assert again.context["back"] == f"http://testserver{ADD}"


def test_what_a_person_was_told_is_told_all_the_same(accountant, deposit):
    page = accountant.post(ADD, refund_data(deposit), follow=True)
    [said] = messages_of(page)
    assert "was added successfully" in said


def test_a_refused_form_may_be_mended_and_sent(accountant, part_paid):
    token = token_on(accountant, PAYMENT)
    wrong = payment_data(part_paid, amount="0", **{FIELD: token})
    assert accountant.post(PAYMENT, wrong).status_code == 200
    assert not UsedForm.objects.exists()
    right = payment_data(part_paid, amount="10.00", **{FIELD: token})
    assert accountant.post(PAYMENT, right).status_code == 302
    assert Payment.objects.filter(amount=Decimal("10.00")).count() == 1
    assert UsedForm.objects.get().user == accountant.user


def test_what_the_rules_refused_may_be_sent_again(accountant, fully_paid):
    settle(fully_paid, "exported")
    page = f"/admin/sync/invoice/{fully_paid.pk}/hold/"
    data = {"reason": "x", FIELD: token_on(accountant, page)}
    for _ in range(2):
        assert accountant.post(page, data).status_code == 302
    assert not UsedForm.objects.exists()
    assert Invoice.objects.get(pk=fully_paid.pk).do_not_export_at is None


@pytest.mark.parametrize("sent", ["none", "invented", "another page's", "another person's", "old"])
def test_a_form_without_a_token_of_its_own_is_refused(
    accountant, sign_in, riverside, deposit, sent, monkeypatch
):
    colleague = sign_in(riverside, Role.ACCOUNTANT)
    token = {
        "none": "",
        "invented": "a" * 32,
        "another page's": new_token(accountant.user.pk, PAYMENT),
        "another person's": token_on(colleague, ADD),
        "old": token_on(accountant, ADD),
    }[sent]
    if sent == "old":
        monkeypatch.setattr(used_forms, "GOOD_FOR", timedelta(seconds=-1))
    answer = accountant.post(ADD, {**refund_data(deposit), FIELD: token})
    assert answer.status_code == 400
    assert "Nothing was done. Open it again" in answer.content.decode()
    assert not Refund.objects.exists()
    assert not UsedForm.objects.exists()


def test_a_row_added_in_a_window_of_another_form_is_kept(accountant, deposit):
    answer = accountant.post(f"{ADD}?_popup=1", {**refund_data(deposit), "_popup": "1"})
    assert answer.status_code == 200
    assert Refund.objects.count() == UsedForm.objects.count() == 1
