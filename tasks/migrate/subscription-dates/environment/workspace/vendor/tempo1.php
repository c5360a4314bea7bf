<?php

/** tempo 1.12 */
final class Tempo1
{
    private function __construct(private DateTimeImmutable $day)
    {
    }

    public static function parse(string $format, string $text): self
    {
        $native = strtr($format, ['YYYY' => 'Y', 'MM' => 'n', 'DD' => 'j']);
        $day = DateTimeImmutable::createFromFormat("!$native", $text, new DateTimeZone('UTC'));
        return new self($day ?: throw new InvalidArgumentException("$text is not $format"));
    }

    public function add(int $amount, string $unit): self
    {
        $moved = $this->day->modify("$amount $unit");
        if ($unit === 'month' && $moved->format('j') !== $this->day->format('j')) {
            $moved = $moved->modify('last day of previous month');
        }
        return new self($moved);
    }

    /** Days from the other day to this one. */
    public function diff(self $other): int
    {
        return (int) $other->day->diff($this->day)->format('%r%a');
    }

    /** 0 is Sunday. */
    public function weekday(): int
    {
        return (int) $this->day->format('w');
    }

    /** 0 is January. */
    public function month(): int
    {
        return (int) $this->day->format('n') - 1;
    }

    /** A week begins on Sunday. */
    public function startOf(string $unit): self
    {
        return match ($unit) {
            'week' => $this->add(-$this->weekday(), 'day'),
            'month' => new self($this->day->modify('first day of this month')),
        };
    }

    public function format(string $pattern): string
    {
        $native = strtr($pattern, ['YYYY' => 'Y', 'MM' => 'm', 'DDDD' => 'l', 'DD' => 'd']);
        return $this->day->format($native);
    }
}
