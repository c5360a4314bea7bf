#include <stdio.h>
#include <string.h>

#include "config.h"
#include "kv2.h"

static int failed(const char *key, kv2_status status)
{
    if (status == KV2_OK)
        return 0;
    fprintf(stderr, "stationctl: %s: %s\n", key, kv2_text(status));
    return status == KV2_NOT_FOUND ? 3 : status == KV2_FULL ? 4 : 5;
}

static kv2_status drop(kv2_store *store, const char *key)
{
    bool removed;
    kv2_status status = kv2_remove(store, key, &removed);
    return status == KV2_OK && !removed ? KV2_NOT_FOUND : status;
}

static kv2_status move(kv2_store *store, const char *from, const char *to)
{
    char *value;
    kv2_status status = kv2_get(store, from, &value);
    if (status == KV2_OK && strcmp(from, to) != 0) {
        status = kv2_put(store, to, value, KV2_REPLACE);
        if (status == KV2_OK)
            status = drop(store, from);
    }
    kv2_release(value);
    return status;
}

static int act(kv2_store *store, int argc, char **argv)
{
    const char *command = argv[2], *key = argv[3];

    if (strcmp(command, "get") == 0 && argc == 4) {
        char *value;
        kv2_status status = kv2_get(store, key, &value);
        if (status == KV2_OK)
            puts(value);
        kv2_release(value);
        return failed(key, status);
    }
    if (strcmp(command, "set") == 0 && argc == 5)
        return failed(key, kv2_put(store, key, argv[4], KV2_REPLACE));
    if (strcmp(command, "drop") == 0 && argc == 4)
        return failed(key, drop(store, key));
    if (strcmp(command, "move") == 0 && argc == 5)
        return failed(key, move(store, key, argv[4]));
    if (strcmp(command, "count") == 0 && argc == 4) {
        size_t count;
        kv2_status status = kv2_count(store, key, &count);
        if (status == KV2_OK)
            printf("%zu\n", count);
        return failed(key, status);
    }
    fprintf(stderr, "stationctl: see README.md for usage\n");
    return 2;
}

int main(int argc, char **argv)
{
    const kv2_options options = {
        .owner = STORE_OWNER,
        .max_bytes = STORE_MAX_BYTES,
        .lock_ms = STORE_LOCK_MS,
        .journal_kib = STORE_JOURNAL_KIB,
        .create = true,
    };
    kv2_store *store;

    if (argc < 4) {
        fprintf(stderr, "stationctl: see README.md for usage\n");
        return 2;
    }
    kv2_status status = kv2_open(&store, argv[1], &options);
    if (status != KV2_OK)
        return failed(argv[1], status);
    int code = act(store, argc, argv);
    if (code == 0)
        code = failed(argv[1], kv2_commit(store));
    kv2_close(store);
    return code;
}
