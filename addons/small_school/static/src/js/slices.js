odoo.define("small_school.slices", function (require) {
    "use strict";

    var AbstractField = require("web.AbstractField");
    var registry = require("web.field_registry");

    // How many rows were done when a slice failed, by record: it is asked for again only when
    // somebody has pressed the button, which does one.
    var failed = {};

    /**
     * How far a wizard is that works in slices. While it works, each slice is asked for as soon as
     * the one before it is done; the form reads itself again in between.
     */
    var Slices = AbstractField.extend({
        className: "o_field_small_school_slices d-block w-100",
        supportedFieldTypes: ["integer"],

        isSet: function () {
            return true;
        },

        _render: function () {
            var total = this.recordData.total_count || 0;
            var share = total ? Math.round((100 * this.value) / total) : 0;
            var $bar = $("<div class='progress-bar' role='progressbar' aria-valuemin='0' aria-valuemax='100'/>");
            $bar.attr("aria-valuenow", share).css("width", share + "%");
            this.$el.empty();
            $("<div/>").text(this.value + " / " + total).appendTo(this.$el);
            $("<div class='progress'/>").append($bar).appendTo(this.$el);
            if (this.recordData.is_working && !this.isAsked && failed[this._key()] !== this.value) {
                this._next();
            }
        },

        _key: function () {
            return this.model + ":" + this.res_id;
        },

        _next: function () {
            var self = this;
            this.isAsked = true;
            this._rpc(
                {
                    model: this.model,
                    method: "action_next",
                    args: [[this.res_id]],
                    context: this.record.getContext(),
                },
                {shadow: true}
            ).then(
                function () {
                    self.isAsked = false;
                    if (!self.isDestroyed()) {
                        self.trigger_up("reload");
                    }
                },
                // Odoo has shown the error itself
                function () {
                    self.isAsked = false;
                    failed[self._key()] = self.value;
                }
            );
        },
    });

    registry.add("small_school_slices", Slices);
    return Slices;
});
