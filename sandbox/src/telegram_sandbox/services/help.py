"""`help.*`: what a client asks about the server itself."""

from __future__ import annotations

from datetime import timedelta

from telethon.tl import functions, types

from ..dispatch import Context, handles
from ..standing import frozen_values
from ..world.files import DC_ID

DC_IDS = range(1, 6)


@handles(functions.help.GetConfigRequest, login=False)
async def get_config(ctx: Context, request: functions.help.GetConfigRequest) -> types.Config:
    """Every data centre is this server, so that a migration leads back here."""
    now = ctx.world.clock.now()
    return types.Config(
        date=now,
        expires=now + timedelta(hours=1),
        test_mode=False,
        this_dc=DC_ID,
        dc_options=[
            types.DcOption(id=dc_id, ip_address=ctx.server.host, port=ctx.server.port)
            for dc_id in DC_IDS
        ],
        dc_txt_domain_name="localhost",
        chat_size_max=200,
        megagroup_size_max=200_000,
        forwarded_count_max=100,
        online_update_period_ms=210_000,
        offline_blur_timeout_ms=5_000,
        offline_idle_timeout_ms=30_000,
        online_cloud_timeout_ms=300_000,
        notify_cloud_delay_ms=30_000,
        notify_default_delay_ms=1_500,
        push_chat_period_ms=60_000,
        push_chat_limit=2,
        edit_time_limit=172_800,
        revoke_time_limit=2_147_483_647,
        revoke_pm_time_limit=2_147_483_647,
        rating_e_decay=2_419_200,
        stickers_recent_limit=200,
        channels_read_media_period=604_800,
        call_receive_timeout_ms=20_000,
        call_ring_timeout_ms=90_000,
        call_connect_timeout_ms=30_000,
        call_packet_timeout_ms=10_000,
        me_url_prefix="https://t.me/",
        caption_length_max=1024,
        message_length_max=4096,
        webfile_dc_id=DC_ID,
    )


@handles(functions.help.GetNearestDcRequest, login=False)
async def get_nearest_dc(
    ctx: Context, request: functions.help.GetNearestDcRequest
) -> types.NearestDc:
    return types.NearestDc(country="FR", this_dc=DC_ID, nearest_dc=DC_ID)


@handles(functions.help.GetAppConfigRequest, login=False)
async def get_app_config(
    ctx: Context, request: functions.help.GetAppConfigRequest
) -> types.help.AppConfig:
    values = {
        "channels_limit_default": 500,
        "channels_limit_premium": 1000,
        "groupcall_video_participants_max": 1000,
    }
    return types.help.AppConfig(
        hash=1,
        config=types.JsonObject(
            [
                types.JsonObjectValue(key, types.JsonNumber(float(number)))
                for key, number in values.items()
            ]
            + frozen_values(ctx.maybe_user)
        ),
    )


@handles(functions.help.GetTermsOfServiceUpdateRequest, login=False)
async def get_terms(ctx: Context, request: object) -> types.help.TermsOfServiceUpdateEmpty:
    return types.help.TermsOfServiceUpdateEmpty(ctx.world.clock.now() + timedelta(days=1))
