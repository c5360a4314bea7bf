<?php

namespace Tempo;

use DateTimeImmutable;
use DateTimeZone;
use DomainException;

/** tempo 2.4 */
enum Overflow
{
    case Spill;
    case Clamp;
}

final class Day
{
    private const TOKENS = [
        'yyyy' => 'Y', 'YYYY' => 'o', 'MM' => 'm', 'M' => 'n', 'dd' => 'd', 'd' => 'j', 'DDD' => 'z', 'EEEE' => 'l',
        'EEE' => 'D', 'ww' => 'W',
    ];

    private function __construct(private readonly DateTimeImmutable $day)
    {
    }

    public static function parse(string $text, string $format): self
    {
        $native = strtr($format, self::TOKENS);
        $day = DateTimeImmutable::createFromFormat("!$native", $text, new DateTimeZone('UTC'));
        if ($day === false || $day->format($native) !== $text) {
            throw new DomainException("$text is not $format");
        }
        return new self($day);
    }

    public function plusDays(int $days): self
    {
        return new self($this->day->modify("$days day"));
    }

    public function plusMonths(int $months, Overflow $overflow = Overflow::Spill): self
    {
        $moved = $this->day->modify("$months month");
        if ($overflow === Overflow::Clamp && $moved->format('j') !== $this->day->format('j')) {
            $moved = $moved->modify('last day of previous month');
        }
        return new self($moved);
    }

    /** Days from this day to the other one. */
    public function daysUntil(self $other): int
    {
        return (int) $this->day->diff($other->day)->format('%r%a');
    }

    /** 1 is Monday, 7 is Sunday. */
    public function weekday(): int
    {
        return (int) $this->day->format('N');
    }

    /** 1 is January. */
    public function month(): int
    {
        return (int) $this->day->format('n');
    }

    public function startOfWeek(int $first = 1): self
    {
        return $this->plusDays(-(($this->weekday() - $first + 7) % 7));
    }

    public function format(string $pattern): string
    {
        return $this->day->format(strtr($pattern, self::TOKENS));
    }
}
