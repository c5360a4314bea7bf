/* kv 2.0 */
#ifndef KV2_H
#define KV2_H

#include <stdbool.h>
#include <stddef.h>

typedef enum { KV2_OK, KV2_FULL, KV2_NOT_FOUND, KV2_EXISTS, KV2_IO, KV2_BAD_KEY, KV2_BAD_OPTION } kv2_status;
typedef enum { KV2_ADD, KV2_REPLACE } kv2_mode;

typedef struct {
    const char *owner;
    size_t max_bytes;     /* keys and values together; 0 is refused */
    unsigned lock_ms;     /* how long to wait for another process; at least 1000 */
    unsigned journal_kib; /* at least 1 */
    bool create;
} kv2_options;

typedef struct kv2_store kv2_store;

const char *kv2_text(kv2_status status);
kv2_status kv2_open(kv2_store **store, const char *path, const kv2_options *options);
kv2_status kv2_get(kv2_store *store, const char *key, char **value);
kv2_status kv2_put(kv2_store *store, const char *key, const char *value, kv2_mode mode);
kv2_status kv2_remove(kv2_store *store, const char *key, bool *removed);
kv2_status kv2_count(kv2_store *store, const char *prefix, size_t *count);
kv2_status kv2_commit(kv2_store *store);
void kv2_release(char *value);
void kv2_close(kv2_store *store);
int kv2_unreleased(void);

#endif
