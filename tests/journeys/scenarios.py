"""The scenarios that must hold, and the tests that show each. A rule of the house checks that the tests are there."""

from typing import Final

SCENARIOS: Final[dict[str, tuple[str, ...]]] = {
    # A. The shop with a cart and orders
    "A1 adding answers 201 and lists the line": ("domains/test_cart.py::test_adding_shows_the_line_with_its_product",),
    "A2 without stock refused, unknown 404": ("domains/test_cart.py::test_what_is_not_there_is_not_added",),
    "A3 a newcomer reads an empty cart": (
        "domains/test_cart.py::test_a_newcomer_reads_an_empty_cart_and_nothing_is_made",
        "kit/test_database.py::test_readers_cannot_change_anything",
    ),
    "A4 own lines go, another's do not exist": (
        "domains/test_cart.py::test_lines_are_changed_and_removed",
        "domains/test_cart.py::test_anothers_lines_do_not_exist",
    ),
    "A5 two carts stay apart": ("domains/test_orders.py::test_with_two_carts_filled_each_order_has_its_own_lines",),
    "A6 an empty cart is refused, a repeat makes one order": (
        "domains/test_checkout.py::test_an_empty_cart_buys_nothing",
        "domains/test_completing.py::test_one_key_at_once_makes_one_order",
    ),
    "A7 one mail for a placed order, and later when the mail server is down": (
        "domains/test_notifications.py::test_a_placed_order_sends_one_mail_and_a_mail_server_that_is_down_delays_it",
        "domains/test_notifications.py::test_a_repeat_is_the_same_message",
    ),
    "A8 an order keeps what was bought": ("domains/test_orders.py::test_an_order_keeps_what_was_bought",),
    "A9 documentation moves, requests ship": (
        "web/test_docs.py::test_pages_can_be_moved",
        "web/test_docs.py::test_pages_can_be_switched_off",
        "docs/test_requests.py::test_the_requests_run",
        "docs/test_requests.py::test_logging_in_keeps_the_token",
    ),
    # B. The e-commerce back end
    "B1 from registration to an order": ("domains/test_checkout.py::test_buying_from_cart_to_order",),
    "B2 twenty checkouts for the last unit": (
        "journeys/test_last_piece.py::test_twenty_checkouts_for_the_last_piece_make_one_order",
        "domains/test_cart.py::test_additions_at_once_do_not_pass_the_stock",
        "domains/test_cart.py::test_the_same_variant_adds_up_but_never_beyond_the_stock",
    ),
    "B3 a guest's cart survives and is merged once": (
        "domains/test_cart.py::test_a_guests_cart_lives_by_its_token",
        "domains/test_cart.py::test_logging_in_merges_the_guests_cart_once",
        "domains/test_cart.py::test_merging_at_once_counts_once",
    ),
    "A guest's orders are claimed by who verifies the address": (
        "domains/test_claiming.py::test_a_guests_orders_are_claimed_by_who_verifies_the_address",
    ),
    "B4 another's address": (
        "domains/test_addresses.py::test_anothers_address_does_not_exist",
        "domains/test_checkout.py::test_an_accounts_addresses_are_filled_in_and_its_own",
    ),
    "B5 staff routes, roles and scopes": (
        "house/test_access.py::test_a_route_answers_as_its_row_says",
        "domains/test_identity.py::test_roles_and_scopes_are_given_and_taken_at_once",
        "domains/test_roles.py::test_a_role_grants_its_scopes_and_a_lost_one_is_lost_at_once",
        "domains/test_roles.py::test_nobody_gives_by_a_role_what_they_do_not_have",
    ),
    "A second factor: asked for at the log-in, each code once, kept through a new password": (
        "domains/test_second_factor.py::test_a_log_in_takes_two_steps_and_brings_the_guests_cart",
        "domains/test_second_factor.py::test_at_once_a_code_opens_one_session",
        "domains/test_second_factor.py::test_a_new_password_leaves_the_factor_on_and_ends_the_step_between",
    ),
    "Staff without a second factor do nothing where one is demanded": (
        "domains/test_second_factor.py::test_staff_without_a_second_factor_do_nothing_where_one_is_demanded",
        "domains/test_second_factor.py::test_where_one_is_demanded_a_password_adds_no_factor_beside_another",
    ),
    "A passkey opens its account; copies, replays and other places do not": (
        "domains/test_passkeys.py::test_a_passkey_opens_its_account_without_a_name",
        "domains/test_passkeys.py::test_a_challenge_is_answered_once_and_in_time",
        "domains/test_passkeys.py::test_a_device_that_lies_is_refused",
        "domains/test_passkeys.py::test_a_passkey_is_one_accounts_and_its_count_goes_on",
        "domains/test_passkeys.py::test_a_bent_answer_opens_nothing_and_is_no_fault",
    ),
    "B6 categories": (
        "domains/test_catalog.py::test_categories_nest_to_any_depth",
        "domains/test_catalog.py::test_a_category_is_never_its_own_ancestor",
        "domains/test_search.py::test_every_script_is_found",
    ),
    "B7 filters, sorting, search and pages compose": (
        "domains/test_search.py::test_each_filter_narrows_and_they_compose",
        "domains/test_search.py::test_pages_are_stable_under_inserts",
        "domains/test_search.py::test_every_link_resolves",
    ),
    "B8 reviews: 1 to 5 stars, once, shown and averaged when approved": (
        "domains/test_reviews.py::test_a_review_is_said_once_within_its_limits",
        "domains/test_reviews.py::test_only_what_is_approved_is_shown_and_counted",
        "domains/test_reviews.py::test_a_rating_is_right_however_many_decide_at_once",
    ),
    "B9 payment events late, twice and out of order": (
        "domains/test_payment_services.py::test_stripe_events_five_times_each_and_shuffled_leave_one_paid_order",
        "domains/test_payment_services.py::test_the_extended_service_tells_by_itself",
    ),
    "B10 orders outlive products and accounts; cancelling restocks once": (
        "domains/test_orders.py::test_an_order_keeps_what_was_bought",
        "domains/test_orders.py::test_orders_outlive_their_account",
        "domains/test_privacy.py::test_nothing_says_whose_it_was_after_an_erasure",
        "domains/test_orders.py::test_cancelling_gives_stock_and_money_back_once",
    ),
    "B11 invalid input names each field; a fault reveals nothing": (
        "kit/test_http.py::test_validation_names_each_field_and_repeats_no_value",
        "kit/test_http.py::test_a_fault_reveals_nothing",
        "journeys/test_hostile_input.py::test_hostile_fields",
    ),
    "B12 readiness follows the database": (
        "cli/test_serving.py::test_it_survives_a_restart_of_the_database",
        "cli/test_serving.py::test_a_database_that_never_comes_ends_the_start",
    ),
    "B13 the wishlist": ("domains/test_wishlist.py::test_adding_twice_is_no_error_and_moving_checks_stock",),
    "B14 Argon2id, and logs without secrets": (
        "domains/test_identity.py::test_passwords_are_argon2id_and_rehashed",
        "domains/test_identity.py::test_logs_hold_neither_passwords_nor_tokens",
    ),
    # C. The community: posts and votes
    "C1 without a token reading and writing are 401": ("house/test_access.py::test_a_route_answers_as_its_row_says",),
    "C2 a post is its caller's, drafts are their author's": (
        "domains/test_posts.py::test_a_post_belongs_to_its_caller_and_is_published_unless_said_otherwise",
        "domains/test_posts.py::test_drafts_are_their_authors_alone",
    ),
    "C3 another's post is 403, an unknown one 404": (
        "domains/test_posts.py::test_only_its_author_changes_a_post",
        "house/test_access.py::test_a_route_answers_as_its_row_says",
    ),
    "C4 one vote for each account and post, also under concurrency": (
        "domains/test_posts.py::test_one_vote_for_each_account_and_post",
        "domains/test_posts.py::test_two_hundred_votes_at_once_are_two_hundred",
    ),
    "C5 pages are stable, and % and _ are literal": (
        "domains/test_posts.py::test_filters_compose_and_pages_are_stable",
        "domains/test_posts.py::test_the_top_is_a_place_in_the_present_order",
        "domains/test_posts.py::test_search_takes_every_sign_literally",
    ),
    "C6 a taken address is 409, a deleted account's token 401": (
        "domains/test_identity.py::test_one_address_one_account_also_when_asked_at_once",
        "domains/test_identity.py::test_a_deleted_account_is_gone",
        "domains/test_identity.py::test_accounts_do_not_tell_their_hash",
    ),
    "C7 migrations with data in the tables": (
        "house/test_migrations.py::test_up_one_down_up_and_down_to_nothing_and_up_again",
        "house/test_migrations.py::test_what_is_stored_stands_in_no_revisions_way",
    ),
    "Comments and reports": (
        "domains/test_comments.py::test_counts_are_right_however_many_comment_and_delete_at_once",
        "domains/test_moderation.py::test_upheld_means_removed_and_the_author_is_told_why",
        "domains/test_moderation.py::test_decisions_at_once_leave_one",
    ),
    "A person gets all that is stored on them, and is forgotten": (
        "domains/test_export.py::test_an_export_holds_every_row_about_its_owner",
        "domains/test_privacy.py::test_nothing_says_whose_it_was_after_an_erasure",
        "domains/test_privacy.py::test_ending_an_account_while_it_buys_loses_neither_order_nor_money",
        "domains/test_privacy.py::test_a_return_under_way_is_finished_and_its_money_comes_back",
        "house/test_privacy_rules.py::test_every_column_says_what_it_tells_of_people",
    ),
    # D. The orders service with a kitchen and a payment service
    "D1 an order is its creator's": (
        "domains/test_orders_later.py::test_an_order_now_is_paid_later",
        "domains/test_orders_later.py::test_another_ones_open_order_does_not_exist",
    ),
    "D2 without a good token 401; tokens of an outside issuer": (
        "domains/test_outside_tokens.py::test_a_token_of_the_issuer_is_an_account",
        "domains/test_outside_tokens.py::test_a_token_that_is_not_for_us_or_not_for_now_is_401",
        "domains/test_outside_tokens.py::test_a_forged_token_is_401",
        "domains/test_outside_tokens.py::test_keys_are_fetched_once_and_again_when_a_new_one_signs",
        "docs/test_httpie.py::test_two_users_see_each_their_own",
    ),
    "Logging in at a provider": (
        "domains/test_openid.py::test_logging_in_elsewhere_makes_an_account_and_finds_it_again",
        "domains/test_openid.py::test_a_log_in_ends_once_in_the_browser_that_began_it_and_in_time",
        "domains/test_openid.py::test_an_id_token_that_cannot_be_believed_signs_nobody_in",
    ),
    "D3 malformed orders name the line": ("domains/test_orders_later.py::test_malformed_orders_name_the_line",),
    "D4 lists are in date order and filtered": (
        "domains/test_orders.py::test_lists_are_newest_first_and_filtered",
        "domains/test_orders_later.py::test_an_open_order_is_rewritten_and_given_up",
    ),
    "D5 paying twice charges once, a cancelled order is not paid": (
        "domains/test_payment_services.py::test_a_service_that_only_knows_orders",
        "domains/test_orders_paying.py::test_twenty_payments_at_once_charge_once",
        "domains/test_orders_paying.py::test_a_payment_whose_process_died_is_finished",
        "domains/test_orders_later.py::test_an_open_order_is_rewritten_and_given_up",
    ),
    "D6 a paid order is neither rewritten nor deleted": (
        "domains/test_orders_later.py::test_an_open_order_is_rewritten_and_given_up",
    ),
    "D5 the kitchen gets its ticket, and a kitchen that fails loses nothing": (
        "domains/test_kitchen.py::test_what_is_ordered_is_cooked_and_handed_over",
        "domains/test_kitchen.py::test_a_kitchen_that_fails_delays_the_ticket_and_loses_nothing",
        "domains/test_kitchen.py::test_a_lost_answer_is_found_again_and_nothing_is_cooked_twice",
    ),
    "D6 what is delivered is not cancelled; cancelling tells the kitchen": (
        "domains/test_kitchen.py::test_what_is_ordered_is_cooked_and_handed_over",
        "domains/test_kitchen.py::test_a_cancelled_order_is_taken_back_from_the_kitchen",
    ),
    "D7 slow, broken and lying kitchens are survived": (
        "domains/test_kitchen.py::test_a_kitchen_that_fails_delays_the_ticket_and_loses_nothing",
        "domains/test_kitchen.py::test_a_refusal_is_known_and_asked_again_without_fear",
    ),
    "Goods come back once": (
        "domains/test_returns.py::test_goods_come_back_in_parts_and_each_part_once",
        "domains/test_returns.py::test_what_was_refunded_before_is_not_refunded_again",
    ),
    "D7 payment services that are slow, broken or lie": (
        "domains/test_providers.py::test_a_provider_keeps_its_word",
        "domains/test_payment_services.py::test_a_service_that_is_away_comes_back",
        "domains/test_payment_services.py::test_money_that_comes_when_its_time_is_over",
    ),
    "D8 every operation answers as it is described, whatever it is sent": (
        "docs/test_described.py::test_a_status_that_is_not_described_is_refused",
        "docs/test_described.py::test_a_shape_that_is_not_described_is_refused",
        "journeys/test_hostile_input.py::test_hostile_fields",
        "journeys/test_hostile_input.py::test_hostile_paths_and_queries",
    ),
    "Late money, and stock that is not hoarded": (
        "domains/test_orders_paying.py::test_late_money_places_the_order_or_is_given_back",
        "domains/test_orders_paying.py::test_an_open_payment_is_closed_before_its_stock_is_freed",
        "domains/test_orders_later.py::test_nobody_hoards_stock",
    ),
    # E. Services for hire: owned jobs, offers, evaluations
    "E1 a job is its caller's for good": ("domains/test_jobs.py::test_a_job_belongs_to_who_posts_it",),
    "E2 only own jobs are listed, any is read": ("domains/test_jobs.py::test_a_job_belongs_to_who_posts_it",),
    "E3 another's job is not changed, and a change moves updated_at": (
        "domains/test_jobs.py::test_a_job_is_changed_by_its_owner_while_it_is_open",
    ),
    "E4 offers: not on one's own job, once, seen by two": (
        "domains/test_offers.py::test_an_offer_is_made_once_and_not_on_ones_own_job",
    ),
    "E5 accepting, cancelling, rescinding and rejecting": (
        "domains/test_offers.py::test_accepting_one_rejects_the_others_until_it_is_cancelled",
        "domains/test_offers.py::test_a_pending_offer_is_taken_back_and_made_anew",
        "journeys/test_hire_and_evaluate.py::test_fifty_offers_and_ten_acceptances_at_once",
        "journeys/test_hire_and_evaluate.py::test_what_happens_at_once_happens_one_after_the_other",
        "journeys/test_hire_and_evaluate.py::test_hiring_is_as_it_is_meant_in_whatever_order",
    ),
    "E6 one evaluation, by the owner, of the accepted offer": (
        "domains/test_evaluations.py::test_the_owner_evaluates_the_accepted_offer_once",
    ),
    "E7 statistics": (
        "domains/test_evaluations.py::test_statistics_count_averages_stars_and_no_shows",
        "journeys/test_hire_and_evaluate.py::test_the_sums_are_right_however_many_evaluate_at_once",
    ),
    "E the money of a job is taken once, held, and divided once": (
        "domains/test_hiring_money.py::test_a_job_is_paid_held_and_released_less_the_fee",
        "domains/test_hiring_money.py::test_ten_payers_at_once_charge_once",
        "domains/test_hiring_money.py::test_paying_and_ending_at_once_have_one_outcome",
        "domains/test_hiring_money.py::test_completing_and_cancelling_at_once_have_one_outcome",
        "domains/test_hiring_money.py::test_a_payment_whose_process_died_is_finished",
        "domains/test_hiring_money.py::test_late_money_of_an_ended_agreement_goes_back",
    ),
    "E deadlines and cancelling give a job's money where it belongs": (
        "domains/test_hiring_money.py::test_cancelling_late_leaves_the_worker_a_part",
        "domains/test_hiring_money.py::test_what_nobody_pays_for_lapses_and_the_others_stand_again",
        "domains/test_hiring_money.py::test_what_is_held_long_enough_goes_to_the_worker",
        "domains/test_hiring_payouts.py::test_no_more_is_paid_out_than_was_earned",
    ),
    "E8 the feed repeats and skips nothing": (
        "domains/test_feed.py::test_pages_of_three_while_a_thousand_events_arrive_at_one_time_repeat_and_skip_nothing",
        "domains/test_feed.py::test_what_is_committed_later_is_told_later_whenever_it_began",
        "domains/test_feed.py::test_a_follower_begins_now_or_goes_on_where_it_was",
        "domains/test_feed.py::test_a_lost_connection_that_listens_is_made_anew",
        "cli/test_following.py::test_followers_go_on_after_a_kill_and_end_with_the_server",
    ),
    "E9 a profile shows public fields only": ("domains/test_jobs.py::test_a_job_belongs_to_who_posts_it",),
    "E10 tokens and times are right in any time zone": (
        "domains/test_jobs.py::test_times_are_right_wherever_the_server_stands",
    ),
    # Everywhere
    "Money is exact": (
        "journeys/test_money_of_orders.py::test_money_is_never_wrong",
        "domains/test_refunds.py::test_pieces_sum_to_their_line_and_go_back_to_the_shelf",
        "domains/test_refunds.py::test_twenty_refunds_at_once_give_back_what_was_taken",
        "kit/test_money.py::test_parts_sum_to_the_whole",
        "domains/test_totals.py::test_the_parts_sum_to_the_total",
    ),
    "The books balance, and a break is named": (
        "domains/test_ledger.py::test_an_order_is_booked_until_nothing_is_left",
        "domains/test_books.py::test_what_was_tampered_with_is_named",
    ),
    "No default secret": (
        "cli/test_commands.py::test_fresh_keys_are_good_for_a_server",
        "cli/test_serving.py::test_missing_keys_are_one_sentence",
    ),
    "Structured request log": ("cli/test_serving.py::test_its_log_is_structured_and_its_own",),
    "Origins are closed by default": ("kit/test_http.py::test_origins_are_closed_by_default",),
    # What it must withstand
    "A hundred buyers, two processes, ten pieces": (
        "journeys/test_withstand.py::test_a_hundred_buyers_and_ten_pieces",
    ),
    "Twenty times the same completion": ("domains/test_completing.py::test_one_key_at_once_makes_one_order",),
    "A server killed during two hundred completions": (
        "journeys/test_withstand.py::test_two_hundred_orders_and_a_server_that_is_killed",
    ),
    "A failed commit is no success; forty clients on five connections": (
        "kit/test_database.py::test_a_failed_commit_is_never_a_success",
        "kit/test_database.py::test_forty_clients_on_a_pool_of_five",
    ),
    "Each caller has a quota, and every answer tells it": (
        "kit/test_quotas.py::test_of_fifty_requests_at_once_twenty_are_let_in",
        "kit/test_quotas.py::test_every_answer_tells_where_the_caller_stands",
        "kit/test_quotas.py::test_accounts_and_keys_have_quotas_of_their_own_that_nobody_gets_by_inventing_tokens",
        "kit/test_quotas.py::test_a_million_callers_do_not_fill_the_memory",
        "kit/test_quotas.py::test_several_processes_never_let_in_more_than_the_quota",
    ),
    "What staff do is told": ("house/test_audited.py::test_each_thing_that_staff_do_is_told_in_the_log",),
    "Any client input": (
        "journeys/test_hostile_input.py::test_hostile_fields",
        "journeys/test_hostile_input.py::test_hostile_bodies",
        "journeys/test_hostile_input.py::test_hostile_paths_and_queries",
        "journeys/test_hostile_input.py::test_bodies_that_are_too_large",
        "journeys/test_hostile_input.py::test_nothing_was_changed_by_refusals",
    ),
    # Who reads the documents
    "Who comes from a tutorial finds each request; what is shown runs; links lead somewhere": (
        "docs/test_coming_from_tutorials.py::test_a_request_is_answered_as_the_page_says",
        "docs/test_shown_commands.py::test_shown_commands_run_from_the_first_to_the_last",
        "docs/test_documents.py::test_requests_of_curl_fit_the_description",
        "docs/test_documents.py::test_links_lead_somewhere",
    ),
    "No change of the API breaks its clients in silence": (
        "house/test_promises.py::test_what_breaks_clients_is_in_the_change_log",
        "house/test_promises.py::test_a_broken_promise_is_named",
    ),
    # Who tries what is not theirs
    "Every operation, every kind of caller; a refusal changes nothing": (
        "house/test_access.py::test_a_route_answers_as_its_row_says",
        "house/test_access.py::test_every_route_has_its_row",
        "house/test_access.py::test_asking_what_is_possible_needs_no_token",
    ),
    "Credentials, cursors, keys and names that are forged": (
        "journeys/test_attacks.py::test_a_credential_that_is_sent_twice_is_refused",
        "journeys/test_attacks.py::test_a_key_is_not_its_maker",
        "journeys/test_attacks.py::test_a_cursor_grants_nothing_and_is_not_forged",
        "journeys/test_attacks.py::test_who_has_little_gives_no_more",
        "journeys/test_attacks.py::test_names_are_on_one_line_and_pass_for_nothing_else",
        "journeys/test_attacks.py::test_an_address_that_looks_alike_claims_no_orders",
    ),
    # Deployed anywhere
    "An image that is not root, pinned, and tells whether it lives": (
        "deploy/test_images.py::test_nobody_in_the_image_is_root",
        "deploy/test_images.py::test_the_image_is_made_of_a_pinned_one",
        "deploy/test_images.py::test_the_health_check_tells_who_lives",
    ),
    "PostgreSQL, migrations, server and worker, one after the other": (
        "deploy/test_images.py::test_a_service_waits_for_what_it_needs",
        "deploy/test_chart.py::test_the_database_is_brought_up_to_date_before_anything_runs",
    ),
    "Kubernetes: objects that it accepts, probes, a budget, pods that are locked": (
        "deploy/test_chart.py::test_kubernetes_accepts_it",
        "deploy/test_chart.py::test_probes_ask_what_is_served",
        "deploy/test_chart.py::test_the_service_and_the_budget_find_the_server_and_only_it",
        "deploy/test_chart.py::test_every_pod_is_locked_and_runs_what_exists",
    ),
    "Heroku, systemd, nginx": (
        "deploy/test_machines.py::test_the_procfile_releases_serves_and_works",
        "deploy/test_machines.py::test_a_unit_starts_what_exists_as_nobody_in_particular",
        "deploy/test_machines.py::test_nginx_passes_on_what_the_shop_believes",
    ),
    "Tested, then published, then deployed if somebody wants it": (
        "deploy/test_workflow.py::test_nothing_is_published_untested_nor_deployed_unasked",
    ),
}
