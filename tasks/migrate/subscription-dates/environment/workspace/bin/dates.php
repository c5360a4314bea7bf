<?php

declare(strict_types=1);

require __DIR__ . '/../src/BillingCalendar.php';

[, $command] = $argv;
$arguments = array_slice($argv, 2);
$calendar = new BillingCalendar();
echo json_encode(match ($command) {
    'renewals' => $calendar->renewals($arguments[0], (int) $arguments[1]),
    'left' => $calendar->daysLeft(...$arguments),
    'send' => $calendar->sendDay(...$arguments),
    'week' => $calendar->statementWeek(...$arguments),
    'label' => $calendar->label(...$arguments),
    'settings' => parse_ini_file(__DIR__ . '/../config/billing.ini', true, INI_SCANNER_TYPED),
}, JSON_THROW_ON_ERROR), "\n";
