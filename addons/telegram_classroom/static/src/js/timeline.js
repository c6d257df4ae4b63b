odoo.define("telegram_classroom.timeline", function (require) {
    "use strict";

    var AbstractField = require("web.AbstractField");
    var registry = require("web.field_registry");

    // How often the picture of a lesson that runs is asked for, in milliseconds.
    var EVERY = 5000;

    // What the sheet was like when the picture was drawn; nothing once the lesson is over.
    function stamp(svg) {
        return svg ? $(svg).attr("data-live") : undefined;
    }

    /**
     * The picture that the server has drawn. While the lesson runs it is asked for again and again;
     * when the sheet was computed anew meanwhile, the form reads it again, too.
     */
    var Timeline = AbstractField.extend({
        className: "o_field_telegram_timeline d-block w-100",
        supportedFieldTypes: ["text"],

        destroy: function () {
            clearTimeout(this.timer);
            this._super.apply(this, arguments);
        },

        isSet: function () {
            return Boolean(this.value);
        },

        _render: function () {
            this._show(this.value);
        },

        // SVG of the server's own making, in which every name is escaped.
        _show: function (svg) {
            this.$el.html(svg || "");
            clearTimeout(this.timer);
            if (this.res_id && this.$("svg[data-live]").length) {
                this.timer = setTimeout(this._look.bind(this), EVERY);
            }
        },

        _look: function () {
            var self = this;
            this._rpc(
                {
                    model: this.model,
                    method: "action_telegram_live",
                    args: [[this.res_id]],
                    context: this.record.getContext(),
                },
                {shadow: true}
            ).then(
                function (svg) {
                    if (self.isDestroyed()) {
                        return;
                    }
                    self._show(svg);
                    // who edits the sheet is not disturbed
                    if (self.mode === "readonly" && stamp(svg) !== stamp(self.value)) {
                        self.trigger_up("reload");
                    }
                },
                function (reason) {
                    // the server is away for a moment: nobody is to be told, it is tried again
                    if (reason && reason.event) {
                        reason.event.preventDefault();
                    }
                    if (!self.isDestroyed()) {
                        self.timer = setTimeout(self._look.bind(self), EVERY);
                    }
                }
            );
        },
    });

    registry.add("telegram_timeline", Timeline);
    return Timeline;
});
