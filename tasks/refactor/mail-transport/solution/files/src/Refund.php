<?php

namespace Museum;

/** Tells a visitor how much is paid back. */
final class Refund
{
    public function __construct(private Transport $transport, private array $mail)
    {
    }

    public function send(array $order): string
    {
        $back = max(0, $order['cents'] - $this->mail['refund_fee']);
        $text = "Dear {$order['name']}, we pay back " . Register::amount($back) . ' within a week.';
        $body = wordwrap($text, $this->mail['line_width']) . "\n-- \n" . $this->mail['sender'];
        return $this->transport->send($order['email'], "Refund, order {$order['id']}", $body);
    }
}
