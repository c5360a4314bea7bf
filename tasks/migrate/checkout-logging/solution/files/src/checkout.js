"use strict";

const { total } = require("./pricing.js");

/** Returns the order's total in cents, or null if there is nothing to pay. */
function placeOrder(log, order) {
  const orders = log.child({ scope: "orders" });
  orders.debug("pricing", { orderId: order.id, lines: order.lines.length });
  orders.trace("customer", { customer: order.customer });
  const cents = total(order.lines);
  if (cents <= 0) {
    orders.warn("empty", { orderId: order.id });
    return null;
  }
  orders.count("lines", order.lines.length);
  orders.info("placed", { orderId: order.id, cents });
  return cents;
}

/** Returns whether the money went back; pay(id, cents) throws if it did not. */
function refund(log, order, pay) {
  const refunds = log.child({ scope: "refunds" });
  return refunds.timed("refund", () => {
    try {
      pay(order.id, order.cents);
      return true;
    } catch (error) {
      refunds.error("refund failed", { err: error, order: order.id });
      return false;
    }
  });
}

module.exports = { placeOrder, refund };
