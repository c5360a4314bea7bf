<?php

namespace Museum;

/** Tells a visitor how much is paid back. */
final class Refund
{
    public static function deliver(array $order): string
    {
        $transport = new SpoolTransport(Registry::get('spool'));
        $back = max(0, $order['cents'] - Registry::get('refund_fee'));
        $text = "Dear {$order['name']}, we pay back " . Register::amount($back) . ' within a week.';
        $body = wordwrap($text, Registry::get('line_width')) . "\n-- \n" . Registry::get('sender');
        return $transport->send($order['email'], "Refund, order {$order['id']}", $body);
    }
}
