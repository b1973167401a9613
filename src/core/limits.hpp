// Every bound of the server in one place: queues, batches, waits, sizes, and how they relate.
//
// Nothing in Rushline grows without a limit that is named here. Where an operator may choose, the
// setting (docs/config.md) has its default and its range here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace rushline::limits {

using namespace std::chrono_literals;

// HTTP input.
inline constexpr std::size_t http_request_line_bytes_max = 8 * 1024;
inline constexpr std::size_t http_header_bytes_max = 16 * 1024;
inline constexpr std::size_t http_body_bytes_max = 4 * 1024 * 1024;
inline constexpr std::size_t json_depth_max = 16;
inline constexpr std::size_t json_values_max = 65'536;
inline constexpr std::size_t json_fields_max = 64;    // of one object
inline constexpr std::size_t field_errors_max = 100;  // told in one answer
inline constexpr std::size_t http_connections_max = 20'000;
// Of the admin listener, which the other's connections cannot take from it.
inline constexpr std::size_t http_admin_connections_max = 100;
inline constexpr std::size_t http_pipeline_bytes_max = 64 * 1024;  // unsent answers of a connection
inline constexpr auto http_header_time_max = 10s;
inline constexpr auto http_body_time_max = 30s;
inline constexpr auto http_idle_time_max = 75s;
// While there is no room for others.
inline constexpr auto http_idle_crowded_time_max = 5s;
inline constexpr auto http_unfinished_crowded_time_max = 2s;  // of a head, a body, an answer that
                                                              // is not taken
inline constexpr auto http_linger_crowded_time_max = 200ms;
inline constexpr std::size_t http_make_way_share = 10;  // one in so many, in each sweep
inline constexpr auto http_send_time_max = 30s;
inline constexpr auto http_linger_time_max = 2s;  // for a refused client to read why
inline constexpr std::size_t query_parameters_max = 16;
inline constexpr std::size_t api_key_bytes_max = 256;
inline constexpr std::size_t shopper_token_bytes_max = 2'048;
inline constexpr auto shopper_token_time_max = 1h;      // from now to its end
inline constexpr auto shopper_token_clock_error = 30s;  // of the machine that signs
inline constexpr std::size_t shopper_secret_bytes_min = 32;
inline constexpr std::size_t shopper_secret_bytes_max = 256;
inline constexpr std::size_t shopper_secrets_max = 16;
inline constexpr auto keys_look_interval = 1s;  // for files that were replaced
// Then those who watch are looked for among the new keys: so many by each loop in each sweep.
inline constexpr std::size_t watchers_looked_for_max = 1'000;
inline constexpr std::size_t cors_origins_max = 100;
inline constexpr std::size_t keys_file_bytes_max = 1024 * 1024;
inline constexpr std::size_t http_chunk_line_bytes_max = 256;  // size and extensions of a chunk
inline constexpr std::size_t http_input_bytes = 16 * 1024;     // lent while something arrives
inline constexpr std::size_t descriptors_beside_connections = 512;  // files, database, Redis
inline constexpr int http_accept_queue_max = 4'096;
inline constexpr std::size_t http_ready_events_max = 256;         // of one look at the sockets
inline constexpr int http_ready_rounds_max = 8;                   // looks before other work's turn
inline constexpr std::size_t http_spare_buffers_max = 64;         // for output, kept by a loop
inline constexpr std::size_t http_refused_connections_max = 256;  // being told so at one time
// Of all connections together: what of an input does not fit into the first buffer, and what
// clients do not take. A slow client holds one input buffer, and not for longer than its times.
inline constexpr std::size_t http_held_bytes_max = 512 * 1024 * 1024;
inline constexpr std::size_t http_send_bytes_min = 16 * 1024;  // taken in each http_send_time_max
inline constexpr auto http_sweep_interval =
    100ms;  // one coarse timer per loop, none per connection
inline constexpr auto drain_time_max = 20s;
inline constexpr auto drain_delay_default = 0s;  // not ready, but taking what still comes
inline constexpr auto drain_idle_time =
    250ms;  // for a request that is on its way to a drained server

// Lists.
inline constexpr std::int64_t page_size_default = 50;
inline constexpr std::int64_t page_size_max = 1'000;

// Fields.
inline constexpr std::size_t name_bytes_max = 200;
inline constexpr std::size_t reason_bytes_max = 500;
inline constexpr std::size_t idempotency_key_bytes_max = 128;
inline constexpr std::int64_t stock_max = 1'000'000'000'000;
inline constexpr std::int64_t price_max = 1'000'000'000'000;
inline constexpr std::int64_t line_quantity_max = 1'000'000;
inline constexpr std::size_t order_lines_max = 100;
inline constexpr std::size_t purchases_per_request_max = 10'000;
static_assert(purchases_per_request_max * 5 < json_values_max);  // a purchase is 5 values
inline constexpr std::int64_t event_quantity_max = 1'000'000'000;
inline constexpr std::int32_t coupon_valid_days_max = 36'500;

// order_lines_max lines of the dearest product in the largest quantity would not fit: place()
// refuses an order whose subtotal is above 2^53 - 1.

// Waiting for a verdict.
inline constexpr auto verdict_wait_default = 2s;
inline constexpr auto verdict_wait_max = 30s;
inline constexpr auto answer_time_max = 10s;  // of every other answer; then 503, outcome unknown
inline constexpr auto health_time_max = 2s;   // then the status does without the database
inline constexpr auto sold_out_flag_age_max = 500ms;  // from sending the read, monotonic
inline constexpr auto sold_out_refresh_interval = 200ms;
inline constexpr auto raise_delay = 1s;  // a new round opens when every flag has run out
static_assert(sold_out_refresh_interval * 2 <= sold_out_flag_age_max);
static_assert(sold_out_flag_age_max * 2 <= raise_delay);

// The two ways in.
inline constexpr std::size_t settle_batch_max = 1'024;
inline constexpr std::size_t direct_waiting_max = 200'000;       // per server, over all events
inline constexpr std::size_t event_desks_max = 10'000;           // events with something in memory
inline constexpr std::size_t holders_in_memory_max = 5'000'000;  // per server, over all events
inline constexpr std::size_t holders_page_max = 10'000;          // read from the database at once
inline constexpr std::size_t spare_batches_max = 16;             // kept for the next arrivals
inline constexpr auto direct_retry_time_max = 30s;  // of a lost database; then requests are refused
inline constexpr auto direct_retry_pause = 100ms;
inline constexpr std::size_t event_versions = 1'024;  // counters that watchers look at
inline constexpr auto desk_idle_time = 60s;           // not asked for so long = may be forgotten

// The line in the waiting room.
inline constexpr std::size_t admit_batch_max = 1'024;        // users in one admit
inline constexpr std::size_t line_samples_max = 256;         // of when places were given, per line
inline constexpr std::size_t drain_batch_max = 1'024;        // places settled in one transaction
inline constexpr std::int64_t line_cap_default = 1'000'000;  // places of one event at a time
inline constexpr auto drain_interval_default = 100ms;        // without a wake
inline constexpr auto line_look_interval = 500ms;            // for lines that other servers filled
inline constexpr auto line_tick_interval = 20ms;
inline constexpr auto line_other_settles_time = 10ms;  // the turn is left to the server that does
inline constexpr auto line_memory_max = 35s;           // a request waits here; then it polls
inline constexpr auto line_after_closing = 1h;         // lines are still looked at
inline constexpr std::int64_t lines_looked_at_max = 10'000;
inline constexpr auto lines_open_time_max = 3s;  // a start waits for them
static_assert(line_memory_max > verdict_wait_max);
inline constexpr auto line_ttl_min = 24h;           // of event keys, past the event
inline constexpr auto line_return_wait_min = 5s;    // of healthy Redis, before going back
inline constexpr auto line_return_wait_max = 5min;  // after going back did not hold
static_assert(admit_batch_max <= settle_batch_max && drain_batch_max <= settle_batch_max);
inline constexpr std::int64_t epoch_max = 1'048'576;  // in Redis, which counts in doubles

// Redis.
inline constexpr auto redis_command_time_max = 250ms;  // then the connection is given up
inline constexpr auto redis_connect_time_max = 500ms;  // with TLS, AUTH and SELECT
inline constexpr auto redis_start_time_max = 2s;       // a start waits for it
inline constexpr auto redis_replica_wait_max = 100ms;  // for redis.wait_replicas
inline constexpr auto redis_reconnect_wait_min = 20ms;
inline constexpr auto redis_reconnect_wait_max = 1s;
inline constexpr auto redis_sweep_interval = 20ms;         // one coarse timer per client
inline constexpr auto redis_ping_interval = 1s;            // of silence, then the server is asked
inline constexpr auto sentinel_ask_interval = 1s;          // for the primary
inline constexpr auto sentinel_ask_interval_away = 100ms;  // while it cannot be reached
inline constexpr auto sentinel_patience = 500ms;      // with one that names a primary that is away
inline constexpr auto cluster_refresh_interval = 5s;  // of the map of slots
inline constexpr auto cluster_refresh_interval_min = 100ms;  // after a surprise
inline constexpr auto cluster_refresh_interval_max = 1s;     // while refreshing changes nothing
inline constexpr auto cluster_spare_time = 10s;     // a connection to a node that holds no slot
inline constexpr int cluster_redirections_max = 5;  // of one command
inline constexpr std::size_t cluster_primaries_max = 1'000;
inline constexpr std::size_t redis_waiting_bytes_max = 64 * 1024 * 1024;  // not answered yet
inline constexpr std::size_t redis_in_flight_max = 10'000;   // commands not answered, per client
inline constexpr std::size_t redis_input_bytes = 64 * 1024;  // read from a connection at once
inline constexpr std::size_t redis_parse_bytes = 16 * 1024;  // of it, looked at in one piece
inline constexpr std::size_t redis_reply_bytes_max = 64 * 1024 * 1024;
inline constexpr std::size_t redis_reply_line_bytes_max = 64 * 1024;  // of a status or an error
inline constexpr std::size_t redis_reply_items_max = 1'000'000;
inline constexpr std::size_t redis_endpoints_max = 64;  // of one address
inline constexpr std::int64_t redis_database_max = 65'535;
static_assert(redis_parse_bytes <= redis_reply_line_bytes_max);
static_assert(redis_command_time_max + redis_connect_time_max < 1s);  // L2

// The ranking board in Redis.
inline constexpr std::size_t board_step_totals_max = 1'000;   // of a push in one script
inline constexpr std::size_t board_fill_members_max = 1'000;  // of a rebuild in one script
inline constexpr std::size_t board_steps_in_flight_max = 2;
inline constexpr std::size_t board_fills_in_flight_max = 4;
inline constexpr auto board_move_idle_max = 2s;  // then another server may move the board
inline constexpr auto board_ttl_margin = 1h;     // past the last day that needs a set
inline constexpr auto board_call_time_max = 2s;  // then the outcome is unknown

// Database.
inline constexpr std::size_t database_write_queue_max = 20'000;
inline constexpr std::size_t database_read_queue_max = 20'000;
inline constexpr std::size_t database_commit_units_max = 512;  // units of work in one commit
inline constexpr auto database_busy_time_max = 5s;
inline constexpr std::size_t database_readers_max = 64;
inline constexpr std::int64_t sqlite_writer_cache_kib = 64 * 1024;
inline constexpr std::int64_t sqlite_reader_cache_kib = 8 * 1024;  // of each reader
inline constexpr std::int64_t sqlite_wal_pages_max =
    4'000;  // then the writer moves them to the file
inline constexpr std::int64_t sqlite_wal_file_bytes_max =
    64 * 1024 * 1024;                                                    // kept when it is empty
inline constexpr std::int64_t sqlite_undo_bytes_max = 64 * 1024 * 1024;  // of a unit, in memory
inline constexpr std::size_t database_writers_max = 64;
inline constexpr int database_attempts_max = 6;  // of a unit: lost connections, deadlocks
inline constexpr auto database_rerun_pause_max = 40ms;
inline constexpr auto postgres_connect_time_max = 2s;  // of each host
inline constexpr auto postgres_lock_time_max = 5s;     // for a row that somebody else changes
inline constexpr auto postgres_lock_patience = 250ms;  // of a writer; then the row counts as held
inline constexpr auto postgres_lock_patience_min = 25ms;     // while many units wait for held rows
inline constexpr auto postgres_lock_retry_time = 1s;         // one more try at a held row
inline constexpr auto postgres_lock_retry_time_min = 100ms;  // the same while others wait, too
inline constexpr std::size_t postgres_stuck_units_max = 1'000;  // that wait for held rows
inline constexpr auto postgres_statement_time_max = 8s;         // then the server ends it
inline constexpr auto postgres_answer_time_max = 10s;           // then the server is called frozen
inline constexpr auto postgres_write_statement_time_max = 5s;   // the same two, of what changes
inline constexpr auto postgres_write_answer_time_max = 6s;      // something
inline constexpr auto postgres_migration_time_max = 10min;
inline constexpr auto postgres_idle_in_transaction_max = 5s;  // of a server that stands still
inline constexpr auto postgres_commit_slow_time = 2s;         // then an operator is told
inline constexpr auto replication_look_interval = 1s;         // at standbys and replicas
inline constexpr auto postgres_hang_look_interval = 250ms;    // at commits that nobody confirms
inline constexpr std::size_t postgres_known_backends_max = 1'000;  // of a session, behind a pooler
inline constexpr auto postgres_reconnect_pause_min = 50ms;
inline constexpr auto postgres_reconnect_pause_max = 2s;
inline constexpr auto database_turn_time_max = 2min;  // units wait, none ends: its threads hang
inline constexpr std::int64_t postgres_fetch_rows_max = 5'000;  // of a whole table, at once
static_assert(postgres_lock_time_max < postgres_statement_time_max);
static_assert(postgres_statement_time_max < postgres_answer_time_max);
static_assert(database_attempts_max * (postgres_connect_time_max + postgres_answer_time_max) <
              database_turn_time_max);
static_assert(postgres_lock_patience < postgres_write_statement_time_max);
static_assert(postgres_write_statement_time_max < postgres_write_answer_time_max);
// L1: a frozen host is given up and the next one found, or a frozen server's locks are freed.
static_assert(postgres_write_answer_time_max + postgres_connect_time_max < 10s);
static_assert(postgres_idle_in_transaction_max + postgres_lock_retry_time < 10s);

// Rate limits (core/rate_limit.hpp).
inline constexpr std::int64_t rate_per_second_max = 1'000'000;
inline constexpr std::int64_t rate_burst_max = 1'000'000;
inline constexpr std::size_t rate_user_sets = 131'072;  // of limits::rate_users_per_set: 16 MiB
inline constexpr std::size_t rate_users_per_set = 5;

// Overload: how much may wait follows from how fast it goes (core/work_limit.hpp).
inline constexpr auto database_wait_max = 1s;             // for what clients ask of the database
inline constexpr std::int64_t database_waiting_min = 64;  // units, however slow it goes
inline constexpr std::int64_t waiting_first = 4'096;      // of either, before it is known
inline constexpr auto direct_wait_max = 1'500ms;          // for a verdict of an event, directly
inline constexpr std::int64_t direct_waiting_min = 256;   // requests of it, however slow it goes
inline constexpr auto work_measured_time_min = 100ms;     // one measurement
inline constexpr auto work_measured_first_time_min = 50ms;
inline constexpr auto work_measured_smoothing = 200ms;
inline constexpr auto work_measured_age_max = 30s;  // without plenty to do: then it is forgotten
inline constexpr auto direct_batch_time = 250ms;    // a batch is no larger than what this takes
inline constexpr std::size_t direct_batch_min = 64;
static_assert(direct_wait_max < verdict_wait_default);  // L1
static_assert(database_wait_max < health_time_max && health_time_max < answer_time_max);

// Rankings.
inline constexpr std::int32_t ranking_window_days = 3;
inline constexpr std::int64_t popular_limit_default = 5;
inline constexpr std::int64_t popular_limit_max = 100;
inline constexpr std::size_t fold_rows_max = 10'000;  // outbox rows in one fold
inline constexpr auto list_poll_interval = 250ms;   // how often a server asks for a newer revision
inline constexpr int folds_per_follow_max = 16;     // then the lists come first, the rest later
inline constexpr int follow_attempts_max = 3;       // pushes that another server may forestall
inline constexpr auto list_fallback_interval = 3s;  // lists read from the totals, without a board
inline constexpr int list_fallback_pause = 5;       // times as long as it took, if it is slow
inline constexpr auto list_unconfirmed_max = 1s;    // then a list is marked stale
inline constexpr auto list_watch_interval = 100ms;
inline constexpr std::size_t board_push_totals_max = 100'000;  // more = a rebuild
inline constexpr std::int64_t totals_page_max = 25'000;        // read at once, of each day
inline constexpr std::int64_t revisions_corrected_max = 8;     // read at once, after a rebuild
inline constexpr auto rebuild_turn_max = 100ms;                // then it is the fold's turn
inline constexpr auto outbox_unseen_normal_max = 1s;  // then what may wait in it is counted
static_assert(list_poll_interval * 2 < list_unconfirmed_max);
static_assert(list_poll_interval * 2 < outbox_unseen_normal_max);
// As many revisions as are read at once fit into one push.
static_assert(revisions_corrected_max * static_cast<std::int64_t>(fold_rows_max) <=
              static_cast<std::int64_t>(board_push_totals_max));

// Watching an event.
inline constexpr auto stream_interval = 250ms;  // at most 4 states a second
inline constexpr auto stream_heartbeat_interval = 15s;
inline constexpr auto state_age_max = 1s;  // time alone changes a state: opening, closing
inline constexpr std::size_t streams_max = 10'000;
inline constexpr std::size_t long_polls_max = 20'000;
// Of one user with a shopper token: streams, and apart from them long polls, over all events.
inline constexpr std::int32_t watches_per_user_max = 10;
inline constexpr std::size_t stream_unsent_bytes_max = 64 * 1024;  // then the reader is too slow

// Housekeeping.
inline constexpr auto unpaid_order_time = 30min;
inline constexpr auto order_expiry_interval = 1s;
inline constexpr std::int64_t order_expiry_batch_max = 200;
inline constexpr auto idempotency_key_time = 24h;
inline constexpr auto idempotency_forget_interval = 10s;
inline constexpr std::int64_t idempotency_forget_batch_max = 1'000;

// Lines about requests that failed or were slow.
inline constexpr auto slow_request_time_default = 1'000ms;
inline constexpr std::int64_t request_lines_per_second = 10;
inline constexpr std::int64_t request_lines_burst = 50;
inline constexpr std::size_t request_lines_waiting_max = 1'000;  // to be written
inline constexpr auto left_out_lines_interval = 10s;
static_assert(request_lines_burst <= static_cast<std::int64_t>(request_lines_waiting_max));

// The doctor.
inline constexpr auto clock_difference_max = 1s;  // from the database's and from Redis' clock
inline constexpr std::int64_t disk_free_bytes_min = 1'073'741'824;
inline constexpr std::int64_t disk_free_percent_min = 10;
inline constexpr std::int64_t spare_files = 256;   // beside connections: databases, logs, libraries
inline constexpr auto doctor_redis_time_max = 3s;  // to connect to it and be answered

// The service manager.
inline constexpr auto supervisor_time_max = 1s;  // to take a message

// Verifying a history.
inline constexpr auto decided_time_max = 2s;               // L1
inline constexpr auto decided_after_fault_time_max = 10s;  // L1, from the end of the fault on
inline constexpr auto local_clock_error = 50ms;  // between a generator and a database beside it
inline constexpr std::int64_t uncertain_score_max = 1'000'000;  // beyond, sums are not tried out
static_assert(decided_time_max == verdict_wait_default);

// The other side of the wire: command line and load generator.
inline constexpr std::size_t client_body_bytes_max = 64 * 1024 * 1024;
inline constexpr auto client_time_default = 10s;
inline constexpr std::size_t load_connections_max = 10'000;
inline constexpr double load_rate_max = 1'000'000;               // requests per second
inline constexpr std::int64_t load_requests_max = 100'000'000;   // of one run
inline constexpr std::uint32_t load_shoppers_max = 50'000'000;   // 4 bytes of memory each
inline constexpr std::size_t load_answer_bytes_max = 64 * 1024;  // of one answer
inline constexpr auto load_sweep_interval = 100ms;               // timeouts, reconnects, progress
inline constexpr auto load_connect_time_max = 5s;

}  // namespace rushline::limits
