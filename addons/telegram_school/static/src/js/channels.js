odoo.define("telegram_school.channels", function (require) {
    "use strict";

    var AbstractField = require("web.AbstractField");
    var registry = require("web.field_registry");

    /**
     * Who took part in a lesson as a channel: one button for each who it may have been, and one tap
     * says it. The server gives the question and its words, and computes the sheet anew.
     */
    var Channels = AbstractField.extend({
        className: "o_field_telegram_channels d-block w-100",
        supportedFieldTypes: ["text"],
        events: {
            "click button[data-channel]": "_onTap",
        },

        isSet: function () {
            return Boolean(this.value);
        },

        _render: function () {
            this._show(this.value);
        },

        _show: function (value) {
            this.$el.empty();
            if (!value) {
                return;
            }
            this.asked = JSON.parse(value);
            var $box = $("<div class='alert alert-info mb-3' role='group'/>");
            $box.append($("<strong class='d-block'/>").text(this.asked.title));
            if (this.asked.hint) {
                $box.append($("<div/>").text(this.asked.hint));
            }
            this.asked.questions.forEach(this._showQuestion.bind(this, $box));
            this.$el.append($box);
        },

        _showQuestion: function ($box, question) {
            var $question = $("<div class='border-top mt-2 pt-2'/>")
                .attr("data-question", question.id)
                .appendTo($box);
            $("<bdi class='font-weight-bold mr-2'/>").text(question.name).appendTo($question);
            $("<small/>").text(question.detail).appendTo($question);
            if (question.answer) {
                var $answer = $("<div/>").appendTo($question);
                $("<span class='mr-2'/>").text(question.answer).appendTo($answer);
                if (question.may_answer) {
                    var undo = {id: false, name: this.asked.words.undo};
                    $answer.append(this._button(question, undo, "btn-link p-0"));
                }
                return;
            }
            this._showChoices(question, question.choices).appendTo($question);
            if (question.more.length) {
                var $more = $("<details class='mt-1'/>").appendTo($question);
                $("<summary/>").text(this.asked.words.more).appendTo($more);
                this._showChoices(question, question.more).appendTo($more);
            }
        },

        _showChoices: function (question, choices) {
            var self = this;
            var $choices = $("<div/>");
            choices.forEach(function (choice) {
                var name = choice.name;
                if (choice.is_likely) {
                    name += " (" + self.asked.words.likely + ")";
                }
                var style = choice.is_likely ? "btn-primary" : "btn-secondary";
                $choices.append(self._button(question, {id: choice.id, name: name}, style));
            });
            return $choices;
        },

        _button: function (question, choice, style) {
            return $("<button type='button' class='btn btn-sm mr-1 mt-1'/>")
                .addClass(style)
                .attr("data-channel", question.id)
                .attr("data-who", JSON.stringify(choice.id))
                .text(choice.name);
        },

        _onTap: function (event) {
            var self = this;
            var $button = $(event.currentTarget);
            event.stopPropagation();
            this.$("button").prop("disabled", true);
            this._rpc({
                model: this.model,
                method: "action_channel",
                args: [
                    [this.res_id],
                    JSON.parse($button.attr("data-channel")),
                    JSON.parse($button.attr("data-who")),
                ],
                context: this.record.getContext(),
            }).then(
                function (value) {
                    if (self.isDestroyed()) {
                        return;
                    }
                    self._show(value);
                    // who edits the form is not disturbed: they see the lines once they have saved
                    if (self.getParent().mode !== "edit") {
                        self.trigger_up("reload");
                    }
                },
                function () {
                    self.$("button").prop("disabled", false);
                }
            );
        },
    });

    registry.add("telegram_channels", Channels);
    return Channels;
});
