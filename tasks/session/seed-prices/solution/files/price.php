<?php
// Prices an order: php price.php RULES DATE CODE SKU=COUNT...
declare(strict_types=1);

function prices(): array
{
    $prices = [];
    foreach (array_slice(file('data/prices.csv', FILE_IGNORE_NEW_LINES), 1) as $line) {
        [$sku, , $cents] = str_getcsv($line);
        $prices[$sku] = (int) $cents;
    }
    return $prices;
}

function goods(array $rules, array $order): int
{
    $prices = prices();
    $sum = 0;
    foreach ($order as $entry) {
        [$sku, $count] = explode('=', $entry);
        if (!isset($prices[$sku])) {
            fwrite(STDERR, "no such article: $sku\n");
            exit(1);
        }
        $line = $prices[$sku] * (int) $count;
        if ((int) $count >= $rules['bulk']['from']) {
            $line -= intdiv($line * $rules['bulk']['discount_pm'], 1000);
        }
        $sum += $line;
    }
    return $sum;
}

function off(array $rules, string $date, string $code, int $goods): int
{
    $campaign = $rules['campaign'] ?? null;
    if ($campaign === null || $code !== $campaign['code'] || $date > $campaign['until']) {
        return 0;
    }
    if ($goods < ($campaign['min_cents'] ?? 0)) {
        return 0;
    }
    return min($goods, $campaign['off_cents']);
}

[, $name, $date, $code] = $argv;
$path = $name === '-' ? 'php://stdin' : "data/$name.json";
$rules = json_decode(file_get_contents($path), true, 16, JSON_THROW_ON_ERROR);
$goods = goods($rules, array_slice($argv, 4));
$off = off($rules, $date, $code, $goods);
$shipping = $goods >= $rules['shipping']['free_from'] ? 0 : $rules['shipping']['cents'];
printf("goods %d\noff %d\nshipping %d\ntotal %d\n", $goods, $off, $shipping, $goods - $off + $shipping);
