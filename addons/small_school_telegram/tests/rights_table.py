"""The table of rights: one row per model, and one per method that others may call, one column or
word per role. `test_rights_table.py` checks the product against it, by ORM and by RPC.

The record is of one classroom: its student, that student's guardian, its teacher and supervisor,
and another classroom's teacher (`other`). `employee` has no role; `manager` is the school's;
`reader` and `telegram` see and administer Telegram; `system` is Odoo's own administrator; the
gateway rings as `doorbell`.
"""

#: r(ead), w(rite), c(reate), d(elete) of that record; "-": nothing at all. Of a wizard: of one's
#: own.
MODELS = """
                                public     student    guardian   employee   teacher    other      supervisor manager    reader     telegram   system     doorbell
small_school.assignment            -          -          -          -          r          -          r          rwcd       -          -          -          -
small_school.attendance            -          r          -          -          rwc        -          rwcd       rwcd       -          -          -          -
small_school.attendance.report     -          -          -          -          r          -          r          r          -          -          -          -
small_school.bbb.file              -          -          -          -          -          -          rwcd       rwcd       -          -          -          -
small_school.bbb.import            -          -          -          -          -          -          rwcd       rwcd       -          -          -          -
small_school.bbb.name              -          -          -          -          -          -          rwcd       rwcd       -          -          -          -
small_school.classroom             -          r          -          -          r          -          rw         rwcd       -          -          -          -
small_school.enrolment             -          r          -          -          r          -          rwc        rwcd       -          -          -          -
small_school.enrolment.end         -          -          -          -          -          -          rwcd       rwcd       -          -          -          -
small_school.excuse                -          -          -          -          -          -          rwc        rwcd       -          -          -          -
small_school.feed                  -          -          -          -          -          -          -          r          -          -          -          -
small_school.holiday               -          -          -          -          r          r          r          rwcd       -          -          -          -
small_school.import                -          -          -          -          -          -          -          rwcd       -          -          -          -
small_school.import.line           -          -          -          -          -          -          -          rwcd       -          -          -          -
small_school.lesson                -          r          -          -          rwc        -          rwcd       rwcd       -          -          -          -
small_school.lesson.cancel         -          -          -          -          rwcd       rwcd       rwcd       rwcd       -          -          -          -
small_school.lesson.change         -          -          -          -          rwcd       rwcd       rwcd       rwcd       -          -          -          -
small_school.pattern               -          -          -          -          r          -          rwcd       rwcd       -          -          -          -
small_school.pattern.exception     -          -          -          -          r          -          rwcd       rwcd       -          -          -          -
small_school.register.wizard       -          -          -          -          rwcd       rwcd       rwcd       rwcd       -          -          -          -
small_school.risk                  -          -          -          -          r          -          r          r          -          -          -          -
small_school.substitution          -          -          -          -          r          -          rwcd       rwcd       -          -          -          -
small_school.timetable.import      -          -          -          -          -          -          -          rwcd       -          -          -          -
small_school.timetable.import.line -          -          -          -          -          -          -          rwcd       -          -          -          -
telegram.account                -          -          -          -          -          -          -          -          -          r          -          -
telegram.adapter.fault          -          -          -          -          -          -          -          -          -          r          -          -
telegram.agreement              -          -          -          rwc        rwc        rwc        rwc        rwc        rwc        rwc        -          -
telegram.attachment             -          -          -          -          -          -          -          -          -          -          -          -
telegram.attendance             -          -          -          -          r          -          r          r          r          r          -          -
telegram.bind.group             -          -          -          -          -          -          -          -          -          rwcd       -          -
telegram.bind.wizard            -          -          -          -          -          -          -          -          -          rwc        -          -
telegram.call                   -          -          -          -          r          -          r          r          r          r          -          -
telegram.channel.answer         -          -          -          -          -          -          -          -          -          -          -          -
telegram.chat                   -          -          -          -          r          -          rw         rw         r          rw         -          -
telegram.chat.state             -          -          -          -          r          -          r          r          r          r          -          -
telegram.contact                -          -          -          -          -          -          -          r          r          rw         -          -
telegram.contact.log            -          -          -          -          -          -          -          -          -          r          -          -
telegram.contract               -          -          -          -          -          -          -          -          -          r          -          -
telegram.erasure.line           -          -          -          -          -          -          -          -          -          rwc        -          -
telegram.erasure.wizard         -          -          -          -          -          -          -          -          -          rwc        -          -
telegram.guest                  -          -          -          -          -          -          -          r          r          r          -          -
telegram.guest.wizard           -          -          -          -          -          -          -          -          -          rwc        -          -
telegram.health                 -          -          -          -          -          -          -          -          -          r          -          -
telegram.health.chat            -          -          -          -          -          -          -          -          -          r          -          -
telegram.inbox                  -          -          -          -          -          -          -          -          -          r          -          -
telegram.intent                 -          -          -          -          -          -          -          -          -          -          -          -
telegram.invite                 -          -          -          -          -          -          -          r          r          r          -          -
telegram.lease                  -          -          -          -          -          -          -          -          -          -          -          -
telegram.lesson                 -          -          -          -          r          -          r          r          r          r          -          -
telegram.limit                  -          -          -          -          -          -          -          -          -          r          -          -
telegram.link                   -          -          -          -          -          -          -          -          -          -          -          -
telegram.link.wizard            -          -          -          rwc        rwc        rwc        rwc        rwc        rwc        rwc        -          -
telegram.login                  -          -          -          -          -          -          -          -          -          -          -          -
telegram.lookup                 -          -          -          -          -          -          -          -          -          rc         -          -
telegram.mailing                -          -          -          -          -          -          -          r          r          r          -          -
telegram.member                 -          -          -          -          r          -          r          r          r          r          -          -
telegram.notice.mail            -          -          -          -          -          -          -          -          -          -          -          -
telegram.notice.template        -          -          -          -          -          -          -          rw         -          rw         -          -
telegram.notice.wizard          -          -          -          -          -          -          -          rwc        -          rwc        -          -
telegram.outbox                 -          -          -          -          -          -          -          -          -          rw         -          -
telegram.pause                  -          -          -          -          -          -          -          -          -          r          -          -
telegram.people.wizard          -          -          -          rwc        rwc        rwc        rwc        rwc        rwc        rwc        -          -
telegram.person                 -          -          -          -          -          -          -          r          r          r          -          -
telegram.plan.line              -          -          -          -          -          -          -          -          -          rwcd       -          -
telegram.plan.wizard            -          -          -          -          -          -          -          -          -          rwc        -          -
telegram.planned.place          -          -          -          -          -          -          -          -          -          -          -          -
telegram.presence               -          -          -          -          r          -          r          r          r          r          -          -
telegram.process                -          -          -          -          -          -          -          -          -          r          -          -
telegram.question               -          -          -          -          -          -          r          r          r          rw         -          -
telegram.removal                -          -          -          -          -          -          -          r          r          r          -          -
telegram.review.line            -          -          -          -          -          -          -          -          -          rwc        -          -
telegram.review.wizard          -          -          -          -          -          -          -          -          -          rwc        -          -
telegram.roster                 -          -          -          -          r          -          r          r          r          r          -          -
telegram.school.person          -          -          -          -          -          -          -          -          -          r          -          -
telegram.secret                 -          -          -          -          -          -          -          -          -          -          -          -
telegram.session                -          -          -          -          -          -          -          -          -          -          -          -
telegram.session.known          -          -          -          -          -          -          -          -          -          -          -          -
telegram.sheet.due              -          -          -          -          -          -          -          -          -          r          -          -
telegram.spend                  -          -          -          -          -          -          -          -          -          r          -          -
telegram.text.fault             -          -          -          -          -          -          -          -          -          r          -          -
telegram.trial.class            -          -          -          -          -          -          -          -          -          -          -          -
telegram.trial.lesson           -          -          -          -          -          -          -          -          -          -          -          -
telegram.trouble                -          -          -          -          -          -          -          -          -          rw         -          -
"""

#: Roles that may call the method on that record; "everybody": it changes nothing, and opens a
#: window on data that the user may see.
METHODS = """
small_school.attendance.action_take_back           teacher supervisor manager
small_school.classroom.action_archive              supervisor manager
small_school.classroom.action_telegram_class       teacher supervisor manager
small_school.enrolment.action_ask_block            supervisor manager
small_school.enrolment.action_ask_unenrol          supervisor manager
small_school.enrolment.action_block                supervisor manager
small_school.enrolment.action_enrol_again          supervisor manager
small_school.enrolment.action_unblock              supervisor manager
small_school.enrolment.action_unenrol              supervisor manager
small_school.excuse.action_accept                        supervisor manager
small_school.excuse.action_refuse                        supervisor manager
small_school.excuse.action_reopen                        supervisor manager
small_school.feed.action_renew                     student manager
small_school.holiday.action_cancel_lessons         manager
small_school.lesson.action_all_present             teacher supervisor manager
small_school.lesson.action_cancel                  teacher supervisor manager
small_school.lesson.action_confirm_sheet           teacher supervisor manager
small_school.lesson.action_end_now                 teacher supervisor manager
small_school.lesson.action_join                    student teacher supervisor manager
small_school.lesson.action_plan_again              teacher supervisor manager
small_school.lesson.action_prepare_sheet           teacher supervisor manager
small_school.lesson.action_prolong                 teacher supervisor manager
small_school.lesson.action_sheet_file              everybody
small_school.lesson.action_sheet_page              everybody
small_school.lesson.action_start_now               teacher supervisor manager
small_school.lesson.action_telegram_ask_end         teacher supervisor manager
small_school.lesson.action_telegram_lesson         teacher supervisor manager
small_school.lesson.action_undo_all_present        teacher supervisor manager
small_school.lesson.action_unlock_sheet            supervisor manager
telegram.attendance.action_correct                 nobody
telegram.attendance.action_take_back               nobody
telegram.chat.action_all_meant                     supervisor manager telegram
telegram.chat.action_allow_removals                supervisor manager telegram
telegram.chat.action_ask_close_for_good             telegram
telegram.chat.action_ask_meant                     supervisor manager telegram
telegram.chat.action_ask_removals                  supervisor manager telegram
telegram.chat.action_bind                          everybody
telegram.chat.action_close_for_good                telegram
telegram.chat.action_close_to_members              telegram
telegram.chat.action_lessons                       teacher supervisor manager reader telegram
telegram.chat.action_links                         supervisor manager reader telegram
telegram.chat.action_new_group                     telegram
telegram.chat.action_open_record                   teacher supervisor manager reader telegram
telegram.chat.action_pause                         telegram
telegram.chat.action_plan                          everybody
telegram.chat.action_put_all_back                  supervisor manager telegram
telegram.chat.action_reconcile                     supervisor manager telegram
telegram.chat.action_register                      teacher supervisor manager reader telegram
telegram.chat.action_resume                        telegram
telegram.chat.action_review                        everybody
telegram.chat.action_settings                      supervisor manager telegram
telegram.contact.action_open_partner               manager reader telegram
telegram.contact.action_revoke                     supervisor telegram
telegram.contact.action_wrong_person               supervisor telegram
telegram.lesson.action_channel                     teacher supervisor manager
telegram.lesson.action_class                       teacher supervisor manager reader telegram
telegram.lesson.action_join                        teacher supervisor manager reader telegram
telegram.lesson.action_live                        teacher supervisor manager reader telegram
telegram.lesson.action_open_record                 teacher supervisor manager reader telegram
telegram.lesson.action_refresh                     teacher supervisor manager
telegram.health.check_all                          telegram
telegram.health.page                               telegram
telegram.health.pause                              telegram
telegram.health.resume                             telegram
telegram.inbox.action_drop                         telegram
telegram.inbox.action_retry                        telegram
telegram.inbox.ring                                doorbell
telegram.lesson.action_sheet_file                  teacher supervisor manager reader telegram
telegram.member.action_ban                         supervisor manager telegram
telegram.member.action_enrol                       supervisor manager telegram
telegram.member.action_ignore                      supervisor manager telegram
telegram.member.action_invite_again                teacher supervisor manager reader telegram
telegram.member.action_let_in                      supervisor manager telegram
telegram.member.action_not_enrol                   supervisor manager telegram
telegram.member.action_personal_link               supervisor manager reader telegram
telegram.member.action_remove_held                 supervisor manager telegram
telegram.member.action_turn_away                   supervisor manager telegram
telegram.member.action_who                         everybody
telegram.notice.template.action_built_in           manager telegram
telegram.notice.template.action_test               everybody
telegram.outbox.action_drop                        telegram
telegram.outbox.action_retry                       telegram
telegram.person.action_open                        everybody
telegram.person.action_people                      manager reader telegram
telegram.question.action_ask_only                  supervisor telegram
telegram.question.action_no                        supervisor telegram
telegram.question.action_only                      supervisor telegram
telegram.question.action_yes                       supervisor telegram
telegram.trial.class.action_archive                nobody
telegram.trial.class.action_telegram_class         nobody
telegram.trial.lesson.action_telegram_lesson       nobody
res.partner.action_small_school_feed                  manager
res.partner.action_telegram_erase                  telegram
res.partner.action_telegram_export                 telegram
res.partner.action_telegram_invites                student supervisor manager reader telegram
res.partner.action_telegram_link                   supervisor manager reader telegram
res.partner.action_telegram_log                    everybody
res.partner.action_telegram_lookup                 telegram
res.partner.action_telegram_people                 supervisor manager reader telegram
res.partner.action_telegram_questions              everybody
res.partner.telegram_link_url                      student supervisor manager reader telegram
res.users.action_small_school_feed                    everybody
res.users.action_telegram_link                     manager reader telegram
"""
