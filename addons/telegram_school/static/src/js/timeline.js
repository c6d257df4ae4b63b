odoo.define("telegram_school.timeline", function (require) {
    "use strict";

    var AbstractField = require("web.AbstractField");
    var registry = require("web.field_registry");

    // The line of the present moment moves, and the bus may be out of order: the picture of a lesson
    // that runs is asked for so often all the same, in milliseconds.
    var EVERY = 20000;
    // Who is told that there is something new looks at once, and again so many milliseconds after the
    // last word: the server may have been at it just then.
    var SETTLED = 2500;

    // How many widgets listen on a channel: while a form is drawn anew, the next one is there before
    // the last one goes.
    var listening = {};

    // What the sheet was like when the picture was drawn; nothing once the lesson is over.
    function stamp(svg) {
        return svg ? $(svg).attr("data-live") : undefined;
    }

    /**
     * The picture that the server has drawn. While the lesson runs the server says on the bus when
     * there is something new, and it is asked for again; when the sheet was computed anew meanwhile,
     * the form reads it again, too.
     */
    var Timeline = AbstractField.extend({
        className: "o_field_telegram_timeline d-block w-100",
        supportedFieldTypes: ["text"],

        start: function () {
            this.call("bus_service", "onNotification", this, this._onNotification);
            return this._super.apply(this, arguments);
        },

        destroy: function () {
            clearTimeout(this.timer);
            clearTimeout(this.settled);
            this._listen(null);
            this._super.apply(this, arguments);
        },

        isSet: function () {
            return Boolean(this.value);
        },

        // The picture is drawn when it is read, the sheet computed when somebody asks: so it is asked
        // at once.
        _render: function () {
            if (this._show(this.value)) {
                this._look();
            }
        },

        // SVG of the server's own making, in which every name is escaped.
        _show: function (svg) {
            this.$el.html(svg || "");
            var isLive = Boolean(this.res_id && this.$("svg[data-live]").length);
            this._listen(isLive ? "telegram_lesson:" + this.res_id : null);
            this._lookLater(isLive);
            return isLive;
        },

        _lookLater: function (isLive) {
            clearTimeout(this.timer);
            if (isLive) {
                this.timer = setTimeout(this._look.bind(this), EVERY);
            }
        },

        _listen: function (channel) {
            if (channel === (this.channel || null)) {
                return;
            }
            if (this.channel) {
                listening[this.channel] -= 1;
                if (!listening[this.channel]) {
                    this.call("bus_service", "deleteChannel", this.channel);
                }
            }
            this.channel = channel;
            if (channel) {
                listening[channel] = (listening[channel] || 0) + 1;
                this.call("bus_service", "addChannel", channel);
            }
        },

        _onNotification: function (notifications) {
            var channel = this.channel;
            var isOurs = _.some(notifications, function (notification) {
                return notification[0] === channel;
            });
            if (channel && isOurs) {
                this._look();
                clearTimeout(this.settled);
                this.settled = setTimeout(this._look.bind(this), SETTLED);
            }
        },

        // One question at a time, whatever comes meanwhile; what came during one is asked for after it.
        _look: function () {
            var self = this;
            if (this.isLooking) {
                this.isToLookAgain = true;
                return;
            }
            this.isLooking = true;
            this.isToLookAgain = false;
            this._rpc(
                {
                    model: this.model,
                    method: "action_live",
                    args: [[this.res_id]],
                    context: this.record.getContext(),
                },
                {shadow: true}
            ).then(
                function (svg) {
                    self.isLooking = false;
                    if (self.isDestroyed()) {
                        return;
                    }
                    self._show(svg);
                    // who edits the sheet is not disturbed
                    if (self.mode === "readonly" && stamp(svg) !== stamp(self.value)) {
                        self.trigger_up("reload");
                    } else if (self.isToLookAgain) {
                        self._look();
                    }
                },
                function (reason) {
                    self.isLooking = false;
                    // the server is away for a moment: nobody is to be told, it is tried again
                    if (reason && reason.event) {
                        reason.event.preventDefault();
                    }
                    if (!self.isDestroyed()) {
                        self._lookLater(true);
                    }
                }
            );
        },
    });

    registry.add("telegram_timeline", Timeline);
    return Timeline;
});
