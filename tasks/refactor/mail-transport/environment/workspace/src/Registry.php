<?php

namespace Museum;

/** Settings for everybody. */
final class Registry
{
    private static ?array $settings = null;

    public static function get(string $key): mixed
    {
        self::$settings ??= require __DIR__ . '/../config/mail.php';
        return self::$settings[$key];
    }
}
