<?php

require __DIR__ . '/../src/autoload.php';

$order = json_decode(stream_get_contents(STDIN), true);

echo match ($argv[1] ?? '') {
    'confirmation' => Museum\Confirmation::deliver($order),
    'refund' => Museum\Refund::deliver($order),
}, "\n";
