<?php

declare(strict_types=1);

use Tempo\Day;
use Tempo\Overflow;

require_once __DIR__ . '/../vendor/tempo2.php';

final class BillingCalendar
{
    private const DAY = 'yyyy-MM-dd';
    private const SUNDAY = 7;

    /** @return list<string> */
    public function renewals(string $start, int $count): array
    {
        $first = $this->parse($start);
        $days = [];
        for ($month = 1; $month <= $count; $month++) {
            $days[] = $first->plusMonths($month, Overflow::Clamp)->format(self::DAY);
        }
        return $days;
    }

    public function daysLeft(string $today, string $end): int
    {
        return $this->parse($today)->daysUntil($this->parse($end));
    }

    public function sendDay(string $day): string
    {
        $send = $this->parse($day);
        while ($send->weekday() >= 6) {
            $send = $send->plusDays(1);
        }
        return $send->format(self::DAY);
    }

    public function statementWeek(string $day): string
    {
        return $this->parse($day)->startOfWeek(self::SUNDAY)->format(self::DAY);
    }

    public function label(string $day): string
    {
        $parsed = $this->parse($day);
        $quarter = intdiv($parsed->month() - 1, 3) + 1;
        return $parsed->format('EEEE, dd/MM/yyyy') . " (Q$quarter)";
    }

    private function parse(string $typed): Day
    {
        $padded = preg_replace('/-(\d)(?!\d)/', '-0$1', $typed);
        return Day::parse($padded, self::DAY);
    }
}
