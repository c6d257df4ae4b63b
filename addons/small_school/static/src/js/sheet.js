/**
 * The sheet of a lesson, filled in by hand on a telephone.
 *
 * What is chosen is kept in the browser until the server has it, and is sent again and again on a
 * bad line: saying the same twice changes nothing there. Kept are ids and what was chosen, no names.
 */
(function () {
    "use strict";

    var CHOICES = ["present", "absent", "late", "excused"];
    var STEPS = [5, 10, 15, 20, 30];
    // How long until it is tried again (milliseconds).
    var FIRST_RETRY = 2000;
    var LAST_RETRY = 30000;

    var page = window.classroomPage;
    var make = page.make;
    var data = JSON.parse(document.getElementById("data").textContent);
    var words = data.words;
    var key = "small_school.sheet." + data.user + "." + data.id;
    // person → {status, late, was}: chosen here, and not known to be on the server
    var changes = {};
    var clashes = [];
    var retry = FIRST_RETRY;
    var timer = null;
    var isSaving = false;
    var isWanted = false;
    // a question is on its way, and nothing was saved since
    var isLooking = false;

    function element(id) {
        return document.getElementById(id);
    }

    function line(id) {
        return data.lines.filter(function (one) {
            return one.id === id;
        })[0];
    }

    // What the line says here; what cannot be saved any more is said beside it.
    function shown(one) {
        return (!data.refusal && changes[one.id]) || {status: one.status, late: one.late};
    }

    function word(choice) {
        var minutes = choice.status === "late" && choice.late ? " " + choice.late + "′" : "";
        return (words[choice.status] || choice.status) + minutes;
    }

    // -- kept in the browser ----------------------------------------------------------------------

    function keep() {
        try {
            if (Object.keys(changes).length) {
                localStorage.setItem(
                    key,
                    JSON.stringify({changes: changes, reason: element("reason").value, wanted: isWanted})
                );
            } else {
                localStorage.removeItem(key);
            }
            return true;
        } catch (error) {
            return false; // a browser that keeps nothing: who leaves the page is asked first
        }
    }

    function restore() {
        var kept = {};
        try {
            kept = JSON.parse(localStorage.getItem(key)) || {};
        } catch (error) {
            return;
        }
        Object.keys(kept.changes || {}).forEach(function (id) {
            var one = line(Number(id));
            var change = kept.changes[id];
            if (one && (one.status !== change.status || one.late !== change.late)) {
                changes[id] = change;
            }
        });
        element("reason").value = kept.reason || "";
        if (Object.keys(changes).length) {
            tell(words.restored);
            isWanted = Boolean(kept.wanted);
        }
    }

    // -- what is seen -----------------------------------------------------------------------------

    function tell(text, kind, link) {
        var status = element("status");
        status.className = kind || "";
        status.textContent = text;
        if (link) {
            var anchor = make("a", "", " " + words.log_in);
            anchor.href = data.login;
            status.appendChild(anchor);
        }
    }

    function isAgainst(one) {
        var change = changes[one.id];
        return Boolean(change && one.observed_status && change.status !== one.observed_status);
    }

    function draw() {
        var isOpen = !data.refusal;
        element("locked").hidden = isOpen;
        element("locked").textContent = data.refusal;
        element("hint").hidden = element("bar").hidden = !isOpen;
        element("all").hidden = !isOpen || !data.lines.some(isNotSaid);
        element("undo").hidden = !isOpen || !(data.may_undo || chosenByAll().length);
        element("undo").disabled = isSaving;
        element("join").hidden = !data.join;
        if (data.join) {
            element("join").href = data.join;
        }
        var lines = element("lines");
        lines.textContent = "";
        var isStaff = false;
        if (!data.lines.length) {
            lines.appendChild(make("p", "none", words.nobody));
        }
        data.lines.forEach(function (one) {
            if (one.role !== "student" && !isStaff) {
                isStaff = true;
                lines.appendChild(make("h2", "", words.staff));
            }
            lines.appendChild(drawLine(one, isOpen));
        });
        element("reason").hidden = !data.lines.some(isAgainst);
        element("save").disabled = isSaving || !Object.keys(changes).length;
        page.drawAsked(element("asked"), data.asked, isSaving, answer);
    }

    function drawLine(one, isOpen) {
        var now = shown(one);
        var node = make("div", "line " + now.status);
        node.dataset.id = one.id;
        if (changes[one.id] && isOpen) {
            node.classList.add("unsaved");
        }
        if (clashes.indexOf(one.id) >= 0) {
            node.classList.add("clash");
        }
        var tap = make("button", "tap");
        tap.type = "button";
        tap.disabled = !isOpen;
        var who = make("span", "who");
        var name = make("bdi", "name", one.name);
        who.appendChild(name);
        var beside = [];
        if (one.observed && one.observed_status !== now.status) {
            beside.push(words.observed.replace("%s", one.observed));
        }
        if (one.by) {
            beside.push(words.by.replace("%s", one.by));
        }
        if (changes[one.id] && !isOpen) {
            beside.push(words.chosen.replace("%s", word(changes[one.id])));
        }
        if (beside.length) {
            who.appendChild(make("span", "small", beside.join(" · ")));
        }
        tap.appendChild(who);
        tap.appendChild(make("span", "word", word(now)));
        tap.addEventListener("click", function () {
            choose(one, CHOICES[(CHOICES.indexOf(now.status) + 1) % CHOICES.length]);
        });
        node.appendChild(tap);
        if (isOpen && now.status === "late") {
            node.appendChild(drawMinutes(one, now.late));
        }
        return node;
    }

    function drawMinutes(one, late) {
        var node = make("div", "minutes");
        STEPS.forEach(function (minutes) {
            var button = make("button", minutes === late ? "on" : "", String(minutes));
            button.type = "button";
            button.addEventListener("click", function () {
                choose(one, "late", minutes);
            });
            node.appendChild(button);
        });
        var input = make("input");
        input.type = "number";
        input.min = 0;
        input.max = 1440;
        input.inputMode = "numeric";
        input.value = late || "";
        input.setAttribute("aria-label", words.minutes);
        input.addEventListener("change", function () {
            var minutes = Math.min(Math.max(Math.round(Number(input.value)) || 0, 0), 1440);
            choose(one, "late", minutes);
        });
        node.appendChild(input);
        node.appendChild(make("span", "small", words.minutes));
        return node;
    }

    // -- what is asked besides: one tap answers -----------------------------------------------------

    function answer(question, choice) {
        var said = data.asked.words;
        var params = {question: question.id, choice: choice.id};
        ask(data.ask, params, words.saved, said.refused, said.offline);
    }

    function ask(address, params, done, refusal, offline) {
        if (isSaving) {
            return;
        }
        isSaving = true;
        isLooking = false;
        tell(words.saving);
        draw();
        page.post(
            address,
            params,
            function (sheet) {
                isSaving = false;
                follow(sheet);
                if (Object.keys(changes).length) {
                    tell(words.unsaved);
                } else {
                    tell(done, "good");
                }
                goOn();
            },
            function (error) {
                isSaving = false;
                refused(error, refusal);
                goOn();
            },
            function () {
                isSaving = false;
                tell(offline, "bad");
                goOn();
            }
        );
    }

    // What was chosen here is to be saved on top of what the sheet says now; what somebody else has
    // corrected meanwhile is not.
    function follow(sheet) {
        take(sheet);
        Object.keys(changes).forEach(function (id) {
            var one = line(Number(id));
            changes[id].was = one && !one.by ? one.status : changes[id].was;
            if (one && changes[id].all && one.status !== "unknown") {
                delete changes[id]; // known by now: an exception
            }
        });
        keep();
    }

    // A save that waited meanwhile for a better line has its turn again.
    function goOn() {
        draw();
        if (isWanted) {
            clearTimeout(timer);
            timer = setTimeout(save, retry);
        }
    }

    // -- choosing ---------------------------------------------------------------------------------

    function set(one, status, late) {
        var change = changes[one.id];
        var was = change ? change.was : one.status;
        var minutes = status === "late" ? late || 0 : 0;
        if (status === one.status && minutes === one.late) {
            delete changes[one.id];
        } else {
            changes[one.id] = {status: status, late: minutes, was: was};
        }
        clashes = clashes.filter(function (id) {
            return id !== one.id;
        });
    }

    function choose(one, status, late) {
        isWanted = false;
        set(one, status, late === undefined ? one.late : late);
        keep();
        tell(Object.keys(changes).length ? words.unsaved : "");
        draw();
    }

    function isNotSaid(one) {
        return shown(one).status === "unknown";
    }

    function allPresent() {
        isWanted = false;
        data.lines.forEach(function (one) {
            // what was observed, or said before, is not overwritten: those are the exceptions
            if (isNotSaid(one)) {
                set(one, "present");
                changes[one.id].all = true;
            }
        });
        keep();
        tell(Object.keys(changes).length ? words.unsaved : "");
        draw();
    }

    // Of whom only “All present” says it here, and nobody by name.
    function chosenByAll() {
        return Object.keys(changes).filter(function (id) {
            return changes[id].all;
        });
    }

    function undoAllPresent() {
        isWanted = false;
        chosenByAll().forEach(function (id) {
            delete changes[id];
        });
        keep();
        if (data.may_undo) {
            ask(data.undo, {}, words.undone, words.refused, words.offline);
        } else {
            tell(words.undone, "good");
            draw();
        }
    }

    // -- saving -----------------------------------------------------------------------------------

    function save() {
        clearTimeout(timer);
        var sent = JSON.parse(JSON.stringify(changes));
        var ids = Object.keys(sent);
        if (isSaving || !ids.length) {
            return;
        }
        if (data.lines.some(isAgainst) && !element("reason").value.trim()) {
            tell(words.reason, "bad");
            element("reason").focus();
            return;
        }
        isSaving = isWanted = true;
        isLooking = false;
        keep();
        tell(words.saving);
        draw();
        page.post(
            data.save,
            {
                changes: ids.map(function (id) {
                    return Object.assign({id: Number(id)}, sent[id]);
                }),
                reason: element("reason").value,
            },
            function (sheet) {
                isSaving = false;
                retry = FIRST_RETRY;
                saved(sent, sheet);
            },
            function (error) {
                isSaving = false;
                retry = FIRST_RETRY;
                isWanted = false;
                keep();
                refused(error, words.refused);
            },
            function () {
                isSaving = false;
                tell(words.offline, "bad");
                draw();
                timer = setTimeout(save, retry);
                retry = Math.min(2 * retry, LAST_RETRY);
            }
        );
    }

    function take(sheet) {
        data.refusal = sheet.refusal;
        data.lines = sheet.lines;
        data.asked = sheet.asked;
        data.may_undo = sheet.may_undo;
        data.join = sheet.join;
        data.again_s = sheet.again_s;
    }

    function refused(error, sentence) {
        var info = error.data || {};
        if (error.code === 100 || /SessionExpired/.test(info.name || "")) {
            tell(words.logged_out, "bad", true);
        } else {
            var said = (info.arguments && info.arguments[0]) || info.message || error.message;
            tell(sentence.replace("%s", said), "bad");
        }
        draw();
    }

    function saved(sent, sheet) {
        take(sheet);
        clashes = sheet.clashes;
        Object.keys(sent).forEach(function (id) {
            var now = changes[id];
            // chosen anew while it was on its way: that is still to be saved, on top of what is there
            if (now && now.status === sent[id].status && now.late === sent[id].late) {
                delete changes[id];
            } else if (now) {
                var one = line(Number(id));
                now.was = one ? one.status : now.was;
            }
        });
        isWanted = false;
        if (!Object.keys(changes).length) {
            element("reason").value = "";
        }
        keep();
        var names = data.lines
            .filter(function (one) {
                return clashes.indexOf(one.id) >= 0;
            })
            .map(function (one) {
                return one.name;
            });
        if (names.length) {
            tell(words.clashes.replace("%s", names.join(", ")), "bad");
        } else if (Object.keys(changes).length) {
            tell(words.unsaved);
        } else {
            tell(words.saved, "good");
        }
        draw();
    }

    // -- as it is now -----------------------------------------------------------------------------

    // Nothing is said where there is no line: who saves hears of it.
    function lookLater() {
        if (data.again_s) {
            setTimeout(look, 1000 * data.again_s);
        }
    }

    // What is drawn anew loses the finger that is on it.
    function isNews(sheet) {
        return Object.keys(sheet).some(function (name) {
            return JSON.stringify(sheet[name]) !== JSON.stringify(data[name]);
        });
    }

    function look() {
        // neither in a page that nobody sees, nor under the fingers of somebody who types minutes or
        // looks at more answers
        var isTyping = document.activeElement && document.activeElement.tagName === "INPUT";
        var isChoosing = document.querySelector("#asked details[open]");
        if (isSaving || document.hidden || isTyping || isChoosing) {
            lookLater();
            return;
        }
        isLooking = true;
        page.post(
            data.now,
            {},
            function (sheet) {
                // what was saved meanwhile is newer
                if (isLooking && !isSaving && isNews(sheet)) {
                    follow(sheet);
                    draw();
                }
                lookLater();
            },
            lookLater,
            lookLater
        );
    }

    element("all").addEventListener("click", allPresent);
    element("undo").addEventListener("click", undoAllPresent);
    element("save").addEventListener("click", save);
    element("reason").addEventListener("input", keep);
    window.addEventListener("online", function () {
        if (isWanted) {
            retry = FIRST_RETRY;
            save();
        }
    });
    window.addEventListener("beforeunload", function (event) {
        if (Object.keys(changes).length && !keep()) {
            event.preventDefault();
            event.returnValue = "";
        }
    });
    document.addEventListener("visibilitychange", function () {
        if (!document.hidden && data.again_s) {
            look();
        }
    });
    restore();
    draw();
    lookLater();
    if (isWanted) {
        save(); // it was on its way when the page was closed
    }
})();
