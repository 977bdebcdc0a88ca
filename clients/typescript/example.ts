// Buys something as a guest and with an account: `node example.ts [SHOP]`.

import createClient from "openapi-fetch";
import type { CheckoutView, PostalAddress, Problem, paths } from "merkato-client";

const baseUrl = process.argv[2] ?? "http://127.0.0.1:8000";
const home: PostalAddress = { name: "Anna Example", line1: "Torstrasse 1", postal_code: "10119", city: "Berlin", country: "DE" };

type Shop = ReturnType<typeof anybody>;

/** A shop, and who asks it: nobody in particular, unless the headers say so. */
function anybody(headers: Record<string, string> = {}) {
  return createClient<paths>({ baseUrl, headers });
}

/** What was asked for. Whatever the shop refuses it answers with a problem. */
function expect<T>({ data, error }: { data?: T; error?: Problem | undefined }): T {
  if (data === undefined) throw new Error(`${error?.title} (${error?.code}): ${error?.detail}`);
  return data;
}

/** The variant that we buy. */
async function somethingInStock(shop: Shop): Promise<string> {
  const page = expect(await shop.GET("/v1/products", { params: { query: { in_stock: true, sort: "price", limit: 1 } } }));
  const [found] = page.data;
  if (!found) throw new Error("There is nothing in stock.");
  const product = expect(await shop.GET("/v1/products/{product}", { params: { path: { product: found.slug } } }));
  return product.variants.find((variant) => variant.availability === "in_stock")!.id;
}

/** Complete the checkout. Sent twice under the same key, it still happens once. */
function pay(shop: Shop, checkout: CheckoutView, card: string, key: string) {
  const total = checkout.totals.find((part) => part.type === "total")!.amount;
  return shop.POST("/v1/checkouts/{checkout_id}/complete", {
    params: { path: { checkout_id: checkout.id }, header: { "Idempotency-Key": key } },
    body: { expected_total: total, payment: { provider: "simulated", token: card } },
  });
}

/** Buy at once. What the checkout's token opens is ours. */
async function asAGuest(variant: string): Promise<void> {
  const lines = [{ variant_id: variant, quantity: 1 }];
  const body = { lines, email: "anna@example.com", shipping_address: home };
  const checkout = expect(await anybody().POST("/v1/checkouts", { body }));
  const shop = anybody({ "Checkout-Token": checkout.token! });
  const { error: declined } = await pay(shop, checkout, "decline", crypto.randomUUID());
  console.log(`${declined?.status} ${declined?.code}: ${declined?.detail}`);
  const key = crypto.randomUUID();
  const [order, again] = [expect(await pay(shop, checkout, "success", key)), expect(await pay(shop, checkout, "success", key))];
  // 202 has the checkout in place of the order: the payment is still open.
  if (!("number" in order && "number" in again)) throw new Error("The payment is still open.");
  console.log(`Order ${order.number} is ${order.status}; sent again, it is still order ${again.number}.`);
}

/** Register, sign in, fill the cart, buy it, and look at our orders. */
async function withAnAccount(variant: string): Promise<void> {
  const email = `anna+${crypto.randomUUID()}@example.com`;
  const password = `only for this run ${crypto.randomUUID()}`;
  expect(await anybody().POST("/v1/accounts", { body: { email, password, name: "Anna Example" } }));
  const tokens = expect(
    await anybody().POST("/v1/auth/tokens", {
      body: { grant_type: "password", username: email, password },
      // A form, as OAuth 2 wants it.
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    }),
  );
  const shop = anybody({ Authorization: `Bearer ${tokens.access_token}` });
  expect(await shop.POST("/v1/cart/lines", { body: { variant_id: variant, quantity: 2 } }));
  const checkout = expect(await shop.POST("/v1/checkouts", { body: { shipping_address: home } }));
  expect(await pay(shop, checkout, "success", crypto.randomUUID()));
  for (const order of expect(await shop.GET("/v1/orders")).data) {
    const pieces = order.lines.reduce((sum, line) => sum + line.quantity, 0);
    console.log(`Order ${order.number} of ${order.created_at.slice(0, 10)}: ${pieces} pieces.`);
  }
}

const wanted = await somethingInStock(anybody());
await asAGuest(wanted);
await withAnAccount(wanted);
