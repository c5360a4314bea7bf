/* kv 1.4 */
#ifndef KV1_H
#define KV1_H

#define KV_ENOENT 1
#define KV_EFULL 2
#define KV_EIO 3
#define KV_EKEY 4

typedef struct kv_store kv_store;

extern int kv_errno; /* why the last call failed */

const char *kv_strerror(int error);
kv_store *kv_open(const char *path, const char *owner, int max_entries); /* NULL on failure; creates */
const char *kv_get(kv_store *store, const char *key);                    /* borrowed; NULL on failure */
int kv_put(kv_store *store, const char *key, const char *value);         /* 0, or -1 on failure; replaces */
int kv_del(kv_store *store, const char *key);                            /* 0, or -1 on failure */
int kv_count(kv_store *store, const char *prefix);
int kv_close(kv_store *store);                                           /* writes; 0, or -1 on failure */
void kv_abandon(kv_store *store);                                        /* does not write */

#endif
