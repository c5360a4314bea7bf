"use strict";

const { total } = require("./pricing.js");

/** Returns the order's total in cents, or null if there is nothing to pay. */
function placeOrder(log, order) {
  const orders = log.child("orders");
  orders.verbose("pricing %s, %d lines", order.id, order.lines.length);
  orders.debug("customer %j", order.customer);
  const cents = total(order.lines);
  if (cents <= 0) {
    orders.warn("order %s is empty", order.id);
    return null;
  }
  orders.count(order.lines.length, "lines");
  orders.info("order %s placed, %d cents", order.id, cents);
  return cents;
}

/** Returns whether the money went back; pay(id, cents) throws if it did not. */
function refund(log, order, pay) {
  const refunds = log.child("refunds");
  const stop = refunds.timer("refund");
  try {
    pay(order.id, order.cents);
    return true;
  } catch (error) {
    refunds.error(error, "refund of %s failed", order.id);
    return false;
  } finally {
    stop();
  }
}

module.exports = { placeOrder, refund };
