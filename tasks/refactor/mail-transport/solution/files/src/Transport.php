<?php

namespace Museum;

/** A way for mails to leave the house. */
interface Transport
{
    /** Returns where the mail went. */
    public function send(string $to, string $subject, string $body): string;
}
