<?php

require __DIR__ . '/../src/autoload.php';

$mail = require __DIR__ . '/../config/mail.php';
$transport = new Museum\SpoolTransport($mail['spool']);
$order = json_decode(stream_get_contents(STDIN), true);

$letter = match ($argv[1] ?? '') {
    'confirmation' => new Museum\Confirmation($transport, $mail),
    'refund' => new Museum\Refund($transport, $mail),
};
echo $letter->send($order), "\n";
