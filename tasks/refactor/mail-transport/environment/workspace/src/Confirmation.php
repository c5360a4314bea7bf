<?php

namespace Museum;

/** Tells a visitor that the tickets are paid. */
final class Confirmation
{
    public static function deliver(array $order): string
    {
        $transport = new SpoolTransport(Registry::get('spool'));
        $text = "Dear {$order['name']}, we have received " . Register::amount($order['cents']) . '. Show this mail at '
            . 'the entrance, on paper or on a screen. Questions: ' . Registry::get('desk_phone') . '.';
        $body = wordwrap($text, Registry::get('line_width')) . "\n-- \n" . Registry::get('sender');
        return $transport->send($order['email'], "Your tickets, order {$order['id']}", $body);
    }
}
