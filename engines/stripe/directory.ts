/** Connected accounts, customers and charges: as much of them as a shop's payments touch. */
import { type Answer, failed, missing, ok } from './answer.ts';
import { type Call, refuseUnknown, tooMany } from './call.ts';
import { textOf, textsOf } from './form.ts';
import { type Account, type Customer, showAccount, showCharge, showCustomer } from './objects.ts';

const knownOfAccounts = new Set(
  'type country email metadata business_type business_profile capabilities controller default_currency expand'.split(' '),
);
const knownOfCustomers = new Set('email name metadata description phone address shipping payment_method expand'.split(' '));

export function createAccount(call: Call): Answer {
  const unknown = refuseUnknown(call.fields, knownOfAccounts);
  if (unknown !== null) return unknown;
  if (!call.world.hasRoomForAccount()) return tooMany('accounts');
  return ok(showAccount(addAccount(call, call.newId('acct'))));
}

export function addAccount(call: Call, id: string): Account {
  const { fields } = call;
  const account: Account = {
    id,
    created: call.nowSeconds(),
    country: textOf(fields, 'country') ?? 'US',
    email: textOf(fields, 'email'),
    metadata: textsOf(fields, 'metadata'),
  };
  call.world.put({ kind: 'account', value: account });
  return account;
}

export function retrieveAccount(call: Call): Answer {
  const account = call.world.accounts.get(call.id);
  if (account !== undefined) return ok(showAccount(account));
  return failed(403, 'invalid_request_error', `The account '${call.id}' does not exist, or this key has no access to it.`, {
    code: 'account_invalid',
  });
}

export function createCustomer(call: Call): Answer {
  const unknown = refuseUnknown(call.fields, knownOfCustomers);
  if (unknown !== null) return unknown;
  if (!call.world.hasRoomForCustomer()) return tooMany('customers');
  const customer: Customer = {
    id: call.newId('cus'),
    account: call.account,
    created: call.nowSeconds(),
    email: textOf(call.fields, 'email'),
    name: textOf(call.fields, 'name'),
    metadata: textsOf(call.fields, 'metadata'),
  };
  call.world.put({ kind: 'customer', value: customer });
  call.world.announce('customer.created', call.account, showCustomer(customer));
  return ok(showCustomer(customer));
}

export function retrieveCustomer(call: Call): Answer {
  const customer = call.world.customers.get(call.id);
  return customer?.account === call.account ? ok(showCustomer(customer)) : missing('customer', call.id, 'id');
}

export function retrieveCharge(call: Call): Answer {
  const intent = call.world.intentOfCharge(call.id);
  return intent?.account === call.account ? ok(showCharge(intent)) : missing('charge', call.id, 'id');
}
