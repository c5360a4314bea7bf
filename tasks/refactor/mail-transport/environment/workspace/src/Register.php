<?php

namespace Museum;

/** The till: amounts as people write them. */
final class Register
{
    public static function amount(int $cents): string
    {
        return sprintf('%d.%02d EUR', intdiv($cents, 100), $cents % 100);
    }
}
