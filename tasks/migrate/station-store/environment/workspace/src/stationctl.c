#include <stdio.h>
#include <string.h>

#include "config.h"
#include "kv1.h"

static int failed(const char *key)
{
    fprintf(stderr, "stationctl: %s: %s\n", key, kv_strerror(kv_errno));
    return kv_errno == KV_ENOENT ? 3 : kv_errno == KV_EFULL ? 4 : 5;
}

static int act(kv_store *store, int argc, char **argv)
{
    const char *command = argv[2], *key = argv[3];

    if (strcmp(command, "get") == 0 && argc == 4) {
        const char *value = kv_get(store, key);
        if (value == NULL)
            return failed(key);
        puts(value);
        return 0;
    }
    if (strcmp(command, "set") == 0 && argc == 5)
        return kv_put(store, key, argv[4]) < 0 ? failed(key) : 0;
    if (strcmp(command, "drop") == 0 && argc == 4)
        return kv_del(store, key) < 0 ? failed(key) : 0;
    if (strcmp(command, "move") == 0 && argc == 5) {
        const char *value = kv_get(store, key);
        if (value == NULL)
            return failed(key);
        if (strcmp(key, argv[4]) == 0)
            return 0;
        return kv_put(store, argv[4], value) < 0 || kv_del(store, key) < 0 ? failed(argv[4]) : 0;
    }
    if (strcmp(command, "count") == 0 && argc == 4) {
        printf("%d\n", kv_count(store, key));
        return 0;
    }
    fprintf(stderr, "stationctl: see README.md for usage\n");
    return 2;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "stationctl: see README.md for usage\n");
        return 2;
    }
    kv_store *store = kv_open(argv[1], STORE_OWNER, STORE_MAX_ENTRIES);
    if (store == NULL)
        return failed(argv[1]);
    int code = act(store, argc, argv);
    if (code != 0)
        kv_abandon(store);
    else if (kv_close(store) < 0)
        return failed(argv[1]);
    return code;
}
