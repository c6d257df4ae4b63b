/**
 * What the pages for telephones share: nodes, questions to the server, and what a sheet asks besides
 * (who somebody was, say), which one tap answers.
 */
(function () {
    "use strict";

    // How long an answer of the server is waited for (milliseconds).
    var PATIENCE = 20000;

    function make(tag, className, text) {
        var node = document.createElement(tag);
        node.className = className || "";
        if (text) {
            node.textContent = text;
        }
        return node;
    }

    // Exactly one of the three is called: with the answer, with what was refused, without a line.
    function post(address, params, done, refuse, fail) {
        var abort = new AbortController();
        var patience = setTimeout(abort.abort.bind(abort), PATIENCE);
        fetch(address, {
            method: "POST",
            credentials: "same-origin",
            headers: {"Content-Type": "application/json"},
            signal: abort.signal,
            body: JSON.stringify({jsonrpc: "2.0", method: "call", params: params}),
        })
            .then(function (response) {
                if (!response.ok) {
                    throw new Error("HTTP " + response.status);
                }
                return response.json();
            })
            .then(
                function (told) {
                    clearTimeout(patience);
                    if (told.error) {
                        refuse(told.error);
                    } else {
                        done(told.result);
                    }
                },
                function () {
                    clearTimeout(patience);
                    fail();
                }
            );
    }

    // onAnswer(question, choice); a choice without an id takes the answer back.
    function drawAsked(box, asked, isBusy, onAnswer) {
        box.hidden = !asked;
        box.textContent = "";
        if (!asked) {
            return;
        }
        box.appendChild(make("strong", "", asked.title));
        if (asked.hint) {
            box.appendChild(make("div", "small", asked.hint));
        }
        function drawChoices(question, choices) {
            var node = make("div", "choices");
            choices.forEach(function (choice) {
                var name = choice.name + (choice.is_likely ? " (" + asked.words.likely + ")" : "");
                var button = make("button", choice.is_likely ? "likely" : "", name);
                button.type = "button";
                button.disabled = isBusy;
                button.addEventListener("click", onAnswer.bind(null, question, choice));
                node.appendChild(button);
            });
            return node;
        }
        asked.questions.forEach(function (question) {
            var node = make("div", "question");
            node.dataset.id = question.id;
            node.appendChild(make("bdi", "name", question.name));
            node.appendChild(make("div", "small", question.detail));
            var choices = question.choices;
            if (question.answer) {
                node.appendChild(make("div", "answer", question.answer));
                choices = question.may_answer ? [{id: false, name: asked.words.undo}] : [];
            }
            node.appendChild(drawChoices(question, choices));
            if (question.more.length) {
                var more = make("details");
                more.appendChild(make("summary", "", asked.words.more));
                more.appendChild(drawChoices(question, question.more));
                node.appendChild(more);
            }
            box.appendChild(node);
        });
    }

    window.classroomPage = {make: make, post: post, drawAsked: drawAsked};
})();
