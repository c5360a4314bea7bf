<?php

declare(strict_types=1);

require_once __DIR__ . '/../vendor/tempo1.php';

final class BillingCalendar
{
    private const DAY = 'YYYY-MM-DD';

    /** @return list<string> */
    public function renewals(string $start, int $count): array
    {
        $first = Tempo1::parse(self::DAY, $start);
        $days = [];
        for ($month = 1; $month <= $count; $month++) {
            $days[] = $first->add($month, 'month')->format(self::DAY);
        }
        return $days;
    }

    public function daysLeft(string $today, string $end): int
    {
        return Tempo1::parse(self::DAY, $end)->diff(Tempo1::parse(self::DAY, $today));
    }

    public function sendDay(string $day): string
    {
        $send = Tempo1::parse(self::DAY, $day);
        while (in_array($send->weekday(), [0, 6], true)) {
            $send = $send->add(1, 'day');
        }
        return $send->format(self::DAY);
    }

    public function statementWeek(string $day): string
    {
        return Tempo1::parse(self::DAY, $day)->startOf('week')->format(self::DAY);
    }

    public function label(string $day): string
    {
        $parsed = Tempo1::parse(self::DAY, $day);
        $quarter = intdiv($parsed->month(), 3) + 1;
        return $parsed->format('DDDD, DD/MM/YYYY') . " (Q$quarter)";
    }
}
