<?php

// Run by the agency.
require __DIR__ . '/../src/autoload.php';

set_error_handler(function (int $level, string $text): bool {
    echo "notice $level: $text\n";
    return true;
});

$order = ['id' => $argv[1], 'email' => $argv[2], 'name' => 'guest', 'cents' => (int) $argv[3]];
$path = Museum\Confirmation::deliver($order);
echo 'spooled ', basename($path), "\n";
